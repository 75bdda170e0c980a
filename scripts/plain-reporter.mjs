/** Counts tests for the last line of a run, and keeps what was skipped. */
export class PlainReporter {
  passed = 0;
  failed = 0;
  /** Titles, with the reason where the test gave one. */
  skipped = [];

  onTestCaseResult(test) {
    const { state, note } = test.result();
    if (state === 'passed') this.passed += 1;
    else if (state === 'failed') this.failed += 1;
    else this.skipped.push(note ? `${test.fullName}: ${note}` : test.fullName);
  }

  /** A file or a group that failed outside of its tests, and an error that nobody caught, are a failure each. */
  onTestRunEnd(modules, unhandledErrors) {
    const broken = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    this.failed += broken.filter((part) => part.errors().length > 0).length + unhandledErrors.length;
  }

  print() {
    if (this.skipped.length > 0) console.log(`Skipped:\n${this.skipped.map((title) => `  ${title}`).join('\n')}`);
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped.length} skipped`);
  }
}
