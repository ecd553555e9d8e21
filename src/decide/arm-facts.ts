import type { ProbeResult } from '../model/probe.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { ArmFacts } from './find-obstacle.ts';

/** What an isolation was, by its instances: those that ended well, or all of them where none did. */
const emulationOf = (all: InstanceRecord[], isProbeEmulated: boolean): 'emulated' | 'mixed' | 'real' => {
  const worked = all.filter((record) => record.status === 'ok');
  const records = worked.length > 0 ? worked : all;
  const emulated = records.filter((record) => record.emulated === true).length;
  // The key is optional: after a probe that found emulation, only an instance that denies it contradicts.
  if (isProbeEmulated) return records.some((record) => record.emulated === false) ? 'mixed' : 'emulated';
  if (emulated === 0) return 'real';
  return emulated === records.length ? 'emulated' : 'mixed';
};

/** The instances' word comes before the probe's: before the first block there is only the probe. */
export const armFacts = (instances: InstanceRecord[], probe: ProbeResult[]): ArmFacts => {
  const byIsolation = new Map<string, InstanceRecord[]>(probe.map(({ isolation }) => [isolation, []]));
  for (const record of instances) {
    const records = byIsolation.get(record.isolation) ?? [];
    records.push(record);
    byIsolation.set(record.isolation, records);
  }
  const emulations = [...byIsolation].map(([name, records]) => {
    const isProbeEmulated = probe.some(({ isolation, emulated }) => isolation === name && emulated);
    return [name, emulationOf(records, isProbeEmulated)] as const;
  });
  const those = (kind: 'emulated' | 'mixed') =>
    new Set(emulations.filter(([, emulation]) => emulation === kind).map(([name]) => name));
  return {
    worked: new Set(instances.filter(({ status }) => status === 'ok').map(({ isolation }) => isolation)),
    emulated: those('emulated'),
    mixed: those('mixed'),
  };
};
