using System.Globalization;

namespace Softly.Cli.Planning;

/// <summary>
/// What a process can still have of a Linux machine's memory, from the files in which the kernel says it: the machine's own
/// <c>MemAvailable</c>, and what every control group above the process leaves of its limit. A group's file cache that was not
/// used lately (<c>inactive_file</c>) is given back when memory is wanted, so it counts as free.
/// </summary>
internal static class LinuxMemory
{
    private const string Groups = "/sys/fs/cgroup";

    /// <summary>Bytes that can still be had.</summary>
    /// <param name="read">Contents of a file by its path; null where there is none, or it may not be read.</param>
    /// <returns>The least of what machine and groups leave, at least 0; null where neither says anything.</returns>
    public static long? Available(Func<string, string?> read)
    {
        long? machine = Field(read("/proc/meminfo"), "MemAvailable:") is { } kibibytes ? kibibytes << 10 : null;
        return Rooms(read).Append(machine).Where(r => r is not null).Min();
    }

    /// <summary>Contents of a file as <see cref="Available"/> asks for them.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What every group with a limit leaves of it, in both versions of control groups.</summary>
    private static IEnumerable<long?> Rooms(Func<string, string?> read)
    {
        foreach (var line in (read("/proc/self/cgroup") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 3) is not [_, var controllers, var group]) continue;
            if (controllers.Length == 0)
                foreach (var folder in Upwards(Groups, group))
                    yield return Room(read, folder, "memory.max", "memory.current", "inactive_file");
            else if (controllers.Split(',').Contains("memory"))
                foreach (var folder in Upwards(Groups + "/memory", group))
                    yield return Room(
                        read, folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
        }
    }

    private static long? Room(Func<string, string?> read, string folder, string limit, string used, string idle)
    {
        // "max" is no number, and so no limit; version 1 says it with a number that no machine has.
        if (Number(read($"{folder}/{limit}")) is not { } most || Number(read($"{folder}/{used}")) is not { } now
            || most >= long.MaxValue >> 1) return null;
        return Math.Max(0, most - Math.Max(0, now - (Field(read($"{folder}/memory.stat"), idle) ?? 0)));
    }

    /// <summary>
    /// A group's folder and those of the groups around it, whose limits bind as well. A container that is told its group as the
    /// machine outside sees it finds its own at the root.
    /// </summary>
    private static IEnumerable<string> Upwards(string root, string group)
    {
        var names = group.Trim().Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Contains("..")) names = [];
        for (var depth = names.Length; depth >= 0; depth--) yield return string.Join('/', [root, .. names.Take(depth)]);
    }

    /// <summary>The number behind a name at a line's beginning.</summary>
    private static long? Field(string? text, string name) => (text ?? "").Split('\n')
        .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length > 1 && words[0] == name).Select(words => Number(words[1])).FirstOrDefault();

    private static long? Number(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
