/** What tests know of the isolations of this product by type. */

import { ISOLATION_FAMILIES, type IsolationType } from '../../src/model/isolation-types.ts';

export const isVm = (type: IsolationType): boolean => ['microvm', 'vm'].includes(ISOLATION_FAMILIES[type]);
