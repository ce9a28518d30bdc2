using System.Text.Json;
using System.Text.Json.Serialization;
using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>A completion and what must come of it.</summary>
public sealed record CodeCase
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>The id of its problem.</summary>
    public required string Task { get; init; }

    /// <summary>What it is about.</summary>
    public string Category { get; init; } = "";

    /// <summary>What a model wrote.</summary>
    public required string Response { get; init; }

    /// <summary><c>pass</c>, <c>fail</c>, or null where either will do.</summary>
    public string? Expect { get; init; }

    /// <summary>The statuses of which one must come; null where any failure will do.</summary>
    public IReadOnlyList<string>? Status { get; init; }

    /// <summary>What must hold besides.</summary>
    public CodeMust Must { get; init; } = new();

    /// <summary>Says what it is for.</summary>
    public string? Note { get; init; }
}

/// <summary>What must hold whatever the verdict.</summary>
public sealed record CodeMust
{
    /// <summary>It takes no longer, in seconds.</summary>
    public double? MaxWallS { get; init; }

    /// <summary>We are still there.</summary>
    public bool HostAlive { get; init; }

    /// <summary>No process outlives it.</summary>
    public bool NoProcessLeft { get; init; }

    /// <summary>Nothing is written or deleted outside the sandbox.</summary>
    public bool NoFileOutside { get; init; }

    /// <summary>No more of its output is kept.</summary>
    public long? MaxCapturedBytes { get; init; }

    /// <summary>It cannot fill more of the disk, in bytes.</summary>
    public long? MaxDiskBytes { get; init; }
}

/// <summary>Reads tables of cases.</summary>
internal static class CodeCases
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>All cases of a file.</summary>
    /// <exception cref="DatasetException">The file or a line of it is not as it should be.</exception>
    public static List<CodeCase> Read(string path)
    {
        var cases = new List<CodeCase>();
        foreach (var (line, record) in JsonLinesReader.Read(path, 4 << 20))
            try
            {
                var one = record.Deserialize<CodeCase>(Options)!;
                if (one.Expect is not (null or "pass" or "fail"))
                    throw new DatasetException($"{path}:{line}: expect is '{one.Expect}'; expected pass, fail or null");
                if (one.Status?.FirstOrDefault(s => RunStatuses.Find(s) is null) is { } unknown)
                    throw new DatasetException($"{path}:{line}: there is no status '{unknown}'; statuses: "
                        + string.Join(", ", Enum.GetValues<RunStatus>().Select(s => s.Name())));
                cases.Add(one);
            }
            catch (JsonException e)
            {
                throw new DatasetException($"{path}:{line}: no case of a program: {e.Message}", e);
            }
        return cases.Count > 0 ? cases : throw new DatasetException($"{path}: the table is empty");
    }
}
