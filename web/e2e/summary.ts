import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Summary ends a run with one plain line. */
export default class Summary implements Reporter {
  private outcomes = new Map<string, boolean>();

  onTestEnd(test: TestCase, result: TestResult) {
    this.outcomes.set(test.id, result.status === test.expectedStatus);
  }

  onEnd(_result: FullResult) {
    const passed = [...this.outcomes.values()].filter(Boolean).length;
    process.stdout.write(`${passed} passed, ${this.outcomes.size - passed} failed\n`);
  }

  printsToStdio() {
    return false;
  }
}
