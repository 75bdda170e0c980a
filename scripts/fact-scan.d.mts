export declare const testedFacts: (source: string) => number[];
export declare const reasonedFacts: (text: string) => number[];
export declare const compress: (numbers: Iterable<number>) => string;
export declare const weigh: (
  tested: Iterable<number>,
  reasoned: Iterable<number>,
  count: number,
) => { tested: number; reasoned: number; open: number[]; faults: string[] };
