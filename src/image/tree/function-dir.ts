/** Where a function's tree stands in every image. */
export const FUNCTION_DIR = '/function';
