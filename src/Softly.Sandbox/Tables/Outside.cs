using System.Text.RegularExpressions;

namespace Softly.Sandbox;

/// <summary>
/// Watches what programs must not reach: a file of ours in each folder they would like to empty, the paths that their sources
/// name, and a variable of the environment that looks like a secret.
/// </summary>
internal sealed partial class Outside : IDisposable
{
    private const string Secret = "SOFTLY_TABLE_SECRET_TOKEN";

    private readonly List<string> _ours = [];
    private readonly List<string> _absent = [];

    private Outside()
    {
    }

    /// <summary>Puts the files there.</summary>
    /// <param name="programs">Sources whose absolute paths must not come to be.</param>
    public static Outside Watch(IEnumerable<string> programs)
    {
        var outside = new Outside();
        Environment.SetEnvironmentVariable(Secret, "1");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (var folder in new[] { Environment.CurrentDirectory, Path.GetTempPath(), home }.Where(Directory.Exists).Distinct())
            try
            {
                var path = Path.Combine(folder, $".softly-outside-{Guid.NewGuid():N}");
                File.WriteAllText(path, Secret);
                outside._ours.Add(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // not ours to write, so nothing that runs for us can empty it either
            }
        outside._absent.AddRange(programs.SelectMany(p => RootedPath().Matches(p)).Select(m => m.Value).Distinct()
            .Where(path => !Path.Exists(path)));
        return outside;
    }

    /// <summary>What has changed; null where nothing has.</summary>
    public string? Change() =>
        _ours.FirstOrDefault(path => !File.Exists(path) || File.ReadAllText(path) != Secret) is { } lost ? $"{lost} was deleted or changed"
        : _absent.FirstOrDefault(Path.Exists) is { } made ? $"{made} was made" : null;

    /// <summary>Numbers of the processes under ours whose program is not ours; none where the system does not tell.</summary>
    public static IReadOnlyList<int> ProcessesOfOurs()
    {
        if (!Directory.Exists("/proc/self")) return [];
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var id))
                try
                {
                    // pid (name) state parent: the name may hold anything, so what follows its last bracket is read
                    var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                    var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    parents[id] = int.Parse(rest[1], System.Globalization.CultureInfo.InvariantCulture);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // it has ended meanwhile
                }
        var ours = new HashSet<int> { Environment.ProcessId };
        while (parents.Where(p => ours.Contains(p.Value)).Any(p => ours.Add(p.Key)))
        {
        }
        ours.Remove(Environment.ProcessId);
        return [.. ours.Order()];
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Secret, null);
        foreach (var path in _ours) File.Delete(path);
    }

    [GeneratedRegex(@"(?<=[\s""'(>])/[\w.-]+(/[\w.-]+)*")]
    private static partial Regex RootedPath();
}
