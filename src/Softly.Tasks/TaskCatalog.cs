namespace Softly.Tasks;

/// <summary>The tasks that need no data, by name.</summary>
public static class TaskCatalog
{
    private static readonly IReadOnlyDictionary<string, Func<ITask>> Makers = new Dictionary<string, Func<ITask>>
    {
        ["countdown-3"] = () => new Countdown(3),
        ["countdown-4"] = () => new Countdown(4),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Makers.Keys];

    /// <summary>A task by name.</summary>
    /// <exception cref="ArgumentException">There is no such task; the message has the nearest.</exception>
    public static ITask Find(string name) => Makers.TryGetValue(name, out var make) ? make()
        : throw new ArgumentException($"there is no task '{name}'{(NearestName.Of(name, Makers.Keys) is { } near ? $"; did you mean '{near}'?" : "")} Tasks: {string.Join(", ", Makers.Keys)}.", nameof(name));
}
