import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { applyStoppingRule } from '../../src/decide/stopping-rule.ts';
import type { InstanceAnswers, InstanceRecord } from '../../src/model/samples.ts';
import { blocks, configOf, instance, samplesOf } from '../support/decide-samples.ts';

const BUDGET = { budgets: { runc: { latency: '+10%' } } };
const CONFIG = configOf(BUDGET);

/** Answers to event 0, 1, 0, 1, … of two. */
const answered = (...digests: string[]): InstanceAnswers => {
  const distinct = [...new Set(digests)];
  const sent = digests.map((_, n) => n % 2);
  return { events: 2, sent, digests: distinct, given: digests.map((one) => distinct.indexOf(one)) };
};

type Answer = (record: InstanceRecord) => InstanceAnswers;

const answering = (answer: Answer, count = 12): InstanceRecord[] =>
  blocks(count, { factor: 1.02 }).map((record) => ({ ...record, answers: answer(record) }));

const decideOn = (answer: Answer, config = CONFIG) => decide(samplesOf(answering(answer)), config);

test('arms that answer alike pass, and the events that were used are counted', () => {
  const document = decideOn(() => answered('aaaaaaaa', 'bbbbbbbb', 'aaaaaaaa'));
  expect(document.verdict).toBe('pass');
  expect(document.answers).toBeUndefined();
  expect(document.events).toEqual({ f: { used: 2, of: 2 } });
});

test('samples without answers say nothing of events', () => {
  const document = decide(samplesOf(blocks(12, { factor: 1.02 })), CONFIG);
  expect(document.verdict).toBe('pass');
  expect(document.events).toBeUndefined();
});

test('events that no block was called with are not counted', () => {
  const document = decideOn(({ block }) => ({ ...answered('aaaaaaaa'), events: 1000, sent: [block] }));
  expect(document.events).toEqual({ f: { used: 12, of: 1000 } });
});

describe('an isolation that does not answer as the control does', () => {
  const differing: Answer = ({ arm }) => ({
    ...answered('aaaaaaaa', arm === 'treatment' ? 'cccccccc' : 'bbbbbbbb'),
    ...(arm === 'treatment' && {
      excerpts: [
        { event: 1, file: 'events/b.json', digest: 'bbbbbbbb', text: '{"x":1}' },
        { event: 1, file: 'events/b.json', digest: 'cccccccc', text: '{"x":2}' },
      ],
    }),
  });

  test('is not measured, by a code, with the event and both answers', () => {
    const { verdict, comparisons, answers, warnings } = decideOn(differing);
    expect(verdict).toBe('not-measured');
    expect(comparisons).toMatchObject([{ verdict: 'not-measured', gated: true, obstacle: 'answers-differ' }]);
    expect(comparisons[0]?.reason).toBe(
      'runc does not answer as native does (event events/b.json): native {"x":1}, runc {"x":2}',
    );
    expect(comparisons[0]?.estimate).toBeCloseTo(1.02, 1);
    expect(answers).toEqual([
      {
        code: 'answers-differ',
        function: 'f',
        revision: 'head',
        isolation: 'runc',
        events: 1,
        file: 'events/b.json',
        answers: [
          { isolation: 'native', text: '{"x":1}' },
          { isolation: 'runc', text: '{"x":2}' },
        ],
      },
    ]);
    expect(warnings.map(({ code }) => code)).toContain('answers-differ');
  });

  test('deterministic: false turns that off', () => {
    const config = configOf({ ...BUDGET, functions: { f: { deterministic: false } } });
    const { verdict, answers } = decideOn(differing, config);
    expect(verdict).toBe('pass');
    expect(answers).toBeUndefined();
  });

  test('holds back no other isolation', () => {
    const config = configOf({
      budgets: { runc: { latency: '+10%' }, gvisor: { latency: '+10%' } },
      isolations: { native: {}, runc: {}, gvisor: {} },
    });
    const records = answering(differing).flatMap((record) =>
      record.arm === 'treatment'
        ? [record, { ...record, isolation: 'gvisor', answers: answered('aaaaaaaa', 'bbbbbbbb') }]
        : [record],
    );
    const { comparisons } = decide(samplesOf(records), config);
    expect(comparisons.map(({ isolation, verdict }) => [isolation, verdict])).toEqual([
      ['runc', 'not-measured'],
      ['gvisor', 'pass'],
    ]);
  });

  test('needs no more blocks', () => {
    const states = applyStoppingRule(samplesOf(answering(differing, 3)), CONFIG, 'f', 50);
    expect(states.find(({ isolation }) => isolation === 'runc')?.state).toBe('ungated');
  });

  test('in one call of one block is enough, and an instance that failed counts as far as it came', () => {
    const once: Answer = ({ arm, block }) =>
      block === 7 && arm === 'treatment'
        ? answered('aaaaaaaa', 'bbbbbbbb', 'dddddddd')
        : answered('aaaaaaaa', 'bbbbbbbb', 'aaaaaaaa', 'bbbbbbbb');
    expect(decideOn(once).comparisons).toMatchObject([{ verdict: 'not-measured', obstacle: 'answers-differ' }]);
    const short: Answer = ({ arm }) =>
      arm === 'treatment' ? answered('aaaaaaaa') : answered('aaaaaaaa', 'bbbbbbbb', 'aaaaaaaa');
    expect(decideOn(short).verdict).toBe('pass');
  });

  test('calls with other events, as in arms for orientation, are not compared', () => {
    const shifted: Answer = ({ arm }) =>
      arm === 'treatment' ? { ...answered('bbbbbbbb'), sent: [1] } : answered('aaaaaaaa', 'bbbbbbbb');
    expect(decideOn(shifted).verdict).toBe('pass');
  });
});

describe('a function that is not deterministic', () => {
  test('answers differently in the A/A control: not measured, with another code', () => {
    const { comparisons, answers } = decideOn(({ arm, block }) => answered(`aaaaaaaa${arm.length}${block}`));
    expect(comparisons).toMatchObject([{ verdict: 'not-measured', gated: true, obstacle: 'answers-vary' }]);
    expect(comparisons[0]?.reason).toBe(
      'two instances of native do not answer alike: an answer, of which only the digest aaaaaaaa70 is known, another answer, of which only the digest aaaaaaaa40 is known',
    );
    expect(answers).toMatchObject([{ code: 'answers-vary', isolation: 'native' }]);
  });

  test('changes from call to call, alike in every arm: only told', () => {
    const document = decideOn(() => answered('aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'bbbbbbbb'));
    expect(document.verdict).toBe('pass');
    expect(document.answers).toMatchObject([{ code: 'answers-vary-by-call', isolation: 'native', events: 1 }]);
    const warning = document.warnings.find(({ code }) => code === 'answers-vary-by-call');
    expect(warning?.message).toContain('deterministic: false');
  });

  test('so it is with two calls of one message', () => {
    const document = decideOn(() => ({ ...answered('aaaaaaaa'), varied: 0 }));
    expect(document.verdict).toBe('pass');
    expect(document.answers).toMatchObject([{ code: 'answers-vary-by-call' }]);
  });
});

describe('beside a base', () => {
  const config = configOf({ ...BUDGET, regression: { latency: '+5%' } });
  /** The base answers otherwise than the head, which a change may be about. */
  const withBase = (ofBase: Answer): InstanceRecord[] =>
    answering(() => answered('aaaaaaaa'), 20).flatMap((record) =>
      record.arm === 'twin' ? [record] : [record, { ...record, revision: 'base' as const, answers: ofBase(record) }],
    );

  test('head and base may answer differently', () => {
    const { comparisons } = decide(samplesOf(withBase(() => answered('ffffffff'))), config);
    expect(comparisons.map(({ kind, obstacle }) => [kind, obstacle])).toEqual([
      ['budget', undefined],
      ['regression', undefined],
    ]);
  });

  test('where the arms of the base do not answer alike, growth is not measured, and budgets are', () => {
    const records = withBase(({ arm }) => answered(arm === 'treatment' ? 'ffffffff' : 'eeeeeeee'));
    const { comparisons } = decide(samplesOf(records), config);
    expect(comparisons.map(({ kind, verdict, obstacle }) => [kind, verdict, obstacle])).toEqual([
      ['budget', 'pass', undefined],
      ['regression', 'not-measured', 'answers-differ'],
    ]);
  });
});

test('a control alone has nothing to differ from', () => {
  const records = [instance(0, 'control', {}, { answers: answered('aaaaaaaa') })];
  expect(decide(samplesOf(records), CONFIG).answers).toBeUndefined();
});
