namespace Softly.Sandbox;

/// <summary>What came of a program.</summary>
/// <param name="Status">How its grading ended.</param>
/// <param name="Reason">One clause for a reader of the log: a line of 300 characters at most.</param>
/// <param name="Held">Tests that held before the end; asserts, where they are counted.</param>
/// <param name="Tests">All tests, as far as they are known.</param>
/// <param name="Output">What the program wrote, the beginning of it.</param>
/// <param name="Seconds">How long it took, interpreters and all.</param>
public sealed record CodeRun(
    RunStatus Status, string Reason, int Held = 0, int Tests = 0, byte[]? Output = null, double Seconds = 0);
