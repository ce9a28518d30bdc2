using System.Text.Json;

namespace Softly.Runs;

/// <summary>Thoughts that cannot be audited.</summary>
/// <param name="Settings">SHA-256 of the settings under which they cannot.</param>
/// <param name="Reason">For the reader, beginning with a small letter.</param>
public sealed record NoAudit(string Settings, string Reason);

/// <summary>
/// The file <c>audit.json</c> of an evaluation: what its thoughts are worth, part by part. It is written after every part, so
/// that an audit that was stopped goes on with the next one.
/// </summary>
/// <param name="Parts">The parts that were audited, in the evaluation's order.</param>
public sealed record AuditFile(IReadOnlyList<PartAudit> Parts)
{
    /// <summary>Its name in the folder.</summary>
    public const string FileName = "audit.json";

    private const int Known = 1;

    /// <summary>1.</summary>
    public int Format { get; init; } = Known;

    /// <summary>Why there is no audit, under which settings; null where there may be one.</summary>
    public NoAudit? Without { get; init; }

    /// <summary>The audit of a part; null where there is none.</summary>
    /// <param name="benchmark">The part's.</param>
    /// <param name="mode">The part's.</param>
    /// <param name="settings">SHA-256 of the evaluation's settings: an audit under others is not its.</param>
    /// <param name="samples">Samples a problem; null for any number.</param>
    public PartAudit? Find(string benchmark, string mode, string settings, int? samples = null) => Parts.FirstOrDefault(p =>
        p.Benchmark == benchmark && p.Mode == mode && p.Settings == settings && (samples ?? p.Samples) == p.Samples);

    /// <summary>The file with one part more, in place of an earlier audit of the same part.</summary>
    public AuditFile With(PartAudit part) => this with
    {
        Parts = [.. Parts.Where(p => p.Benchmark != part.Benchmark || p.Mode != part.Mode), part],
    };

    /// <summary>Reads the file of a folder; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static AuditFile? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            var file = JsonSerializer.Deserialize<AuditFile>(File.ReadAllBytes(path), AuditJson.Options)
                ?? throw new JsonException("it holds null");
            return file.Format == Known ? file : throw new JsonException($"format {file.Format}, expected {Known}");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException(
                $"{path}: not an audit of thoughts: {error.Message.Split('\n')[0]} Remove the file to audit again", error);
        }
    }

    /// <summary>Writes the file of a folder, whole or not at all.</summary>
    public void Write(string folder) => WholeFile.Write(
        Path.Combine(folder, FileName), JsonSerializer.Serialize(this, AuditJson.Options) + "\n");
}
