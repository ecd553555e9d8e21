/** Names of the isolations that a header's `config` lists; none where it lists none. Arms of others are strangers. */
export const configuredIsolations = (config: Record<string, unknown>): ReadonlySet<string> => {
  const isolations = config['isolations'];
  return new Set(typeof isolations === 'object' && isolations !== null ? Object.keys(isolations) : []);
};
