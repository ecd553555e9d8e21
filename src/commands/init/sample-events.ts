/** Events in the shapes in which platforms send them, for functions that have none of their own. */

const REQUEST_ID = '00000000-0000-4000-8000-000000000000';
const ARN = 'arn:aws:sqs:eu-west-1:000000000000:queue';
const TIME = '2024-01-01T00:00:00.000Z';
const HEADERS = { accept: 'application/json', 'content-type': 'application/json', host: 'localhost' };

interface Request {
  method: string;
  path: string;
}

const bodyOf = (method: string): string | null => (method === 'GET' || method === 'DELETE' ? null : '{}');

/** API Gateway's REST API, and what Application Load Balancers send. */
const restApi = ({ method, path }: Request) => ({
  resource: path,
  path,
  httpMethod: method,
  headers: HEADERS,
  multiValueHeaders: {},
  queryStringParameters: {},
  multiValueQueryStringParameters: {},
  pathParameters: parametersOf(path),
  stageVariables: null,
  requestContext: {
    accountId: '000000000000',
    apiId: 'api',
    stage: 'test',
    requestId: REQUEST_ID,
    resourcePath: path,
    httpMethod: method,
    path,
    identity: { sourceIp: '127.0.0.1', userAgent: 'isogate' },
  },
  body: bodyOf(method),
  isBase64Encoded: false,
});

/** API Gateway's HTTP API, and function URLs. */
const httpApi = ({ method, path }: Request) => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path,
  rawQueryString: '',
  headers: HEADERS,
  queryStringParameters: {},
  pathParameters: parametersOf(path),
  requestContext: {
    accountId: '000000000000',
    apiId: 'api',
    stage: '$default',
    requestId: REQUEST_ID,
    routeKey: `${method} ${path}`,
    time: '01/Jan/2024:00:00:00 +0000',
    timeEpoch: 1_704_067_200_000,
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'isogate' },
  },
  ...(bodyOf(method) === null ? {} : { body: bodyOf(method) }),
  isBase64Encoded: false,
});

/** `{ id: '1' }` of `/items/{id}`. */
const parametersOf = (path: string): Record<string, string> =>
  Object.fromEntries([...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => [name, '1']));

const QUEUE = {
  Records: [
    {
      messageId: REQUEST_ID,
      receiptHandle: 'handle',
      body: '{"id":"1"}',
      messageAttributes: {},
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1704067200000' },
      eventSource: 'aws:sqs',
      eventSourceARN: ARN,
      awsRegion: 'eu-west-1',
    },
  ],
};
const TOPIC = {
  Records: [
    {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      Sns: {
        Type: 'Notification',
        MessageId: REQUEST_ID,
        TopicArn: ARN.replace('sqs', 'sns'),
        Subject: 'test',
        Message: '{"id":"1"}',
        Timestamp: TIME,
        MessageAttributes: {},
      },
    },
  ],
};
const BUCKET = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-west-1',
      eventTime: TIME,
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'bucket', arn: 'arn:aws:s3:::bucket' }, object: { key: 'key.txt', size: 1, eTag: '0' } },
    },
  ],
};
const TABLE = {
  Records: [
    {
      eventID: '1',
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      dynamodb: {
        Keys: { id: { S: '1' } },
        NewImage: { id: { S: '1' } },
        SequenceNumber: '1',
        SizeBytes: 1,
        StreamViewType: 'NEW_IMAGE',
      },
    },
  ],
};
const SCHEDULE = {
  version: '0',
  id: REQUEST_ID,
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  time: TIME,
  account: '000000000000',
  region: 'eu-west-1',
  resources: [],
  detail: {},
};

export type Trigger =
  | { kind: 'rest-api' | 'http-api'; method: string; path: string }
  | { kind: 'queue' | 'topic' | 'bucket' | 'table' | 'schedule' };

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** A method as a platform's file has it: `any`, `*` and unknown ones are taken as GET. */
export const methodOf = (text: string): string => (METHODS.has(text.toUpperCase()) ? text.toUpperCase() : 'GET');

export const sampleEvent = (trigger: Trigger): unknown => {
  switch (trigger.kind) {
    case 'rest-api':
      return restApi(trigger);
    case 'http-api':
      return httpApi(trigger);
    case 'queue':
      return QUEUE;
    case 'topic':
      return TOPIC;
    case 'bucket':
      return BUCKET;
    case 'table':
      return TABLE;
    default:
      return SCHEDULE;
  }
};
