using System.IO.Enumeration;

namespace Softly.Tasks;

/// <summary>A folder of data in which benchmarks are looked for by their names.</summary>
/// <param name="path">The folder.</param>
public sealed class BenchmarkFolder(string path)
{
    private const int MostFiles = 10_000;

    /// <summary>
    /// The file of a benchmark: by its usual names, in the folder itself or in one named like the benchmark with a file named
    /// test.
    /// </summary>
    /// <exception cref="DatasetException">It is not there; what was looked for and the nearest file are named.</exception>
    public string Find(Benchmark benchmark)
    {
        string[] names = [.. benchmark.Files.SelectMany(f => Benchmark.Endings.Select(e => f + e))];
        var files = Files();
        foreach (var name in names.Concat(benchmark.Files.SelectMany(f => Benchmark.Endings.Select(e => $"{f}/test{e}"))))
            if (files.FirstOrDefault(f => f.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found) return At(found);
        var near = NearestName.Of(names[0], files) is { } nearest ? $"; the nearest is {nearest}" : "";
        throw new DatasetException(
            $"{path}: no file of the benchmark {benchmark.Name}, looked for {string.Join(", ", names)}{near}; name the file as one "
            + $"of these, or fetch it: softly pull datasets/{benchmark.Hub.Name}");
    }

    /// <summary>The file of a benchmark in its own data set, as the hub lays it out.</summary>
    /// <exception cref="DatasetException">None matches; what there is is named.</exception>
    public string FindInDataset(Benchmark benchmark)
    {
        string[] files = [.. Files().Where(f => Benchmark.Endings.Contains(Path.GetExtension(f)))];
        string[] fitting = [.. files.Where(f => FileSystemName.MatchesSimpleExpression(benchmark.Hub.File, f))];
        return fitting.Length == 1 ? At(fitting[0])
            : throw new DatasetException($"{path}: looked for one file {benchmark.Hub.File} of the benchmark {benchmark.Name}, "
                + "found " + (fitting.Length > 1 ? $"{fitting.Length}: {string.Join(", ", fitting.Take(5))}"
                    : files.Length > 0 ? $"none, but {string.Join(", ", files.Take(5))}" : "no .jsonl or .parquet file at all")
                + "; give the one you mean with --data");
    }

    private string At(string file) => Path.Combine([path, .. file.Split('/')]);

    /// <summary>Files by their paths in the folder, sorted; those of deep folders are left out.</summary>
    private List<string> Files()
    {
        if (!Directory.Exists(path)) throw new DatasetException($"{path}: there is no such folder of data");
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 };
        return [.. Directory.EnumerateFiles(path, "*", options).Take(MostFiles)
            .Select(f => Path.GetRelativePath(path, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }
}
