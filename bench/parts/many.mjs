import { besideFew } from '../large.mjs';

export const title = 'With 100,000 instances in the store';

export const run = () => besideFew({ 'us-east-1': 50_000, 'eu-west-1': 50_000 });
