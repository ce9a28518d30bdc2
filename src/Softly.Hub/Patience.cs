namespace Softly.Hub;

/// <summary>How long a connection is waited for, and how often a broken one is tried again.</summary>
public sealed record Patience
{
    /// <summary>
    /// Tries in a row without progress before giving up, beside the first. Progress is <see cref="Progress"/> bytes more.
    /// </summary>
    public int Retries { get; init; } = 6;

    /// <summary>Bytes after which a new connection counts as a new start: what bounds the tries of a whole file.</summary>
    public long Progress { get; init; } = 1 << 20;

    /// <summary>The wait before the first new try; it doubles each time, up to a minute.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server's Retry-After may ask for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long nothing may come before a connection counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait before new try <paramref name="number"/>, from 0.</summary>
    internal TimeSpan Wait(int number) => TimeSpan.FromSeconds(Math.Min(60, FirstWait.TotalSeconds * Math.Pow(2, number)));
}
