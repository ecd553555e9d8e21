/** Functions of the fixtures that something is missing for, and what: each entry goes when that is there. */

const DETERMINISTIC = 'the key deterministic is not there yet';

export const WAITING: Record<string, string | undefined> = {
  'java-command': 'a JVM does not read its channel in every arm yet',
  'float-operation': DETERMINISTIC,
  matmul: DETERMINISTIC,
  linpack: DETERMINISTIC,
  pyaes: DETERMINISTIC,
  chameleon: DETERMINISTIC,
  'image-processing': DETERMINISTIC,
  'ml-lr-prediction': DETERMINISTIC,
  'gzip-compression': DETERMINISTIC,
  'random-disk-io': DETERMINISTIC,
  'sequential-disk-io': DETERMINISTIC,
  dd: DETERMINISTIC,
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
