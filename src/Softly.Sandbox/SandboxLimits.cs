namespace Softly.Sandbox;

/// <summary>What a program may use. The two interpreters of a grading share the time; each has the rest for itself.</summary>
public sealed record SandboxLimits
{
    /// <summary>Time for a whole grading, from the start of its interpreters. Default 10 s.</summary>
    public TimeSpan Wall { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Memory, in bytes. Default 512 MiB.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>More output than this, in bytes, ends the program. Default 1 MiB.</summary>
    public int OutputBytes { get; init; } = 1 << 20;

    /// <summary>So much of the output is kept, in bytes. Default 64 KiB.</summary>
    public int KeptBytes { get; init; } = 64 << 10;

    /// <summary>All files, in bytes, where there are any. Default 16 MiB.</summary>
    public long DiskBytes { get; init; } = 16L << 20;

    /// <summary>Threads, where there are any. Default 16.</summary>
    public int Threads { get; init; } = 16;

    /// <summary>A message between the host and an interpreter is no longer, in bytes: 1 MiB and what frames it.</summary>
    internal const int LongestMessage = (1 << 20) + 1024;
}
