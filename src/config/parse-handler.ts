const NODE = /^(.+\.(?:mjs|cjs|js))#([A-Za-z_$][\w$]*)$/;
const PYTHON = /^(.+\.py):([A-Za-z_]\w*)$/;

export interface Handler {
  runtime: 'node' | 'python';
  file: string;
  export: string;
}

export const HANDLER_FORMS = 'FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler';

/** Language, module file and exported name of `src/api.mjs#handler` or `app.py:handler`; null where it is neither. */
export const parseHandler = (text: string): Handler | null => {
  const node = NODE.exec(text);
  if (node?.[1] && node[2]) return { runtime: 'node', file: node[1], export: node[2] };
  const python = PYTHON.exec(text);
  if (python?.[1] && python[2]) return { runtime: 'python', file: python[1], export: python[2] };
  return null;
};
