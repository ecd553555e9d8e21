/** Functions of the fixtures that something is missing for, and what: each entry goes when that is there. */

const TOOLCHAIN = 'builds do not see toolchains outside of /usr/bin yet';
const COMPANIONS = "a command's own files beside its program are not brought into the image yet";
const LIBRARIES = "libraries of a function's native modules are not followed yet";
const PROGRAMS = 'the key programs is not there yet';

const DETERMINISTIC = 'the key deterministic is not there yet';

export const WAITING: Record<string, string | undefined> = {
  'python-numpy': LIBRARIES,
  'go-command': TOOLCHAIN,
  'go-http': TOOLCHAIN,
  'java-command': COMPANIONS,
  'java-http': COMPANIONS,
  'shell-pipeline': PROGRAMS,
  'float-operation': DETERMINISTIC,
  matmul: DETERMINISTIC,
  linpack: DETERMINISTIC,
  pyaes: DETERMINISTIC,
  chameleon: DETERMINISTIC,
  'image-processing': DETERMINISTIC,
  'ml-lr-prediction': DETERMINISTIC,
  'gzip-compression': DETERMINISTIC,
  'random-disk-io': DETERMINISTIC,
  'sequential-disk-io': PROGRAMS,
  dd: PROGRAMS,
  'json-dumps-loads': DETERMINISTIC,
  'sebs-110-dynamic-html': DETERMINISTIC,
  'sebs-110-dynamic-html-node': DETERMINISTIC,
  'sebs-120-uploader': DETERMINISTIC,
  'sebs-210-thumbnailer': DETERMINISTIC,
  'sebs-311-compression': DETERMINISTIC,
  'sebs-501-graph-pagerank': DETERMINISTIC,
  'sebs-502-graph-mst': DETERMINISTIC,
  'sebs-503-graph-bfs': DETERMINISTIC,
  'sebs-504-dna-visualisation': DETERMINISTIC,
};
