/** Version in package.json; the bundler puts it in (rolldown.config.ts). Not defined where sources run unbundled. */
declare const __ISOGATE_VERSION__: string | undefined;
