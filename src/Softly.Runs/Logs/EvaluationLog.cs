using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Softly.Runs;

/// <summary>
/// The folder <c>evaluations</c>: one JSON file for each arm, decoding, seed and step. Files are there whole or not at all;
/// the same evaluation made again takes the former's place.
/// </summary>
public sealed class EvaluationLog
{
    private readonly string _folder;

    /// <summary>Opens the folder, or creates it; <paramref name="resumeAt"/> deletes the evaluations of later steps.</summary>
    public EvaluationLog(string folder, int? resumeAt = null)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        if (resumeAt is not { } step) return;
        foreach (var path in Files(_folder))
            if (StepOf(path) > step) File.Delete(path);
    }

    /// <summary>Writes one evaluation.</summary>
    /// <returns>The file's path.</returns>
    public string Add(EvaluationRecord evaluation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(evaluation.Step, nameof(evaluation));
        var path = Path.Combine(_folder, FileName(evaluation));
        WholeFile.Write(path, JsonLines.Document(evaluation.Write));
        return path;
    }

    /// <summary>All evaluations of a folder, by step and then by name; none where it does not exist.</summary>
    /// <exception cref="InvalidDataException">A file is not an evaluation; it is named.</exception>
    public static IReadOnlyList<EvaluationRecord> Read(string folder) =>
        Directory.Exists(folder) ? [.. Files(folder).Select(ReadFile)] : [];

    private static EvaluationRecord ReadFile(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return EvaluationRecord.Parse(document.RootElement);
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: not an evaluation: {error.Message}", error);
        }
    }

    private static string FileName(EvaluationRecord e) =>
        $"step-{e.Step:000000}-{Slug(e.Arm)}-{Slug(e.Decoding)}"
        + $"{(e.Seed is { } seed ? "-seed" + seed.ToString(CultureInfo.InvariantCulture) : "")}.json";

    // Names that lose a character get a hash, so that a and a' are two files.
    private static string Slug(string name)
    {
        var slug = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '_'));
        var same = slug == name && name.Length is > 0 and <= 60;
        return same
            ? slug
            : slug[..Math.Min(slug.Length, 60)] + "_"
                + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)), 0, 2);
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(folder, "step-*.json").Order(StringComparer.Ordinal);

    private static int StepOf(string path)
    {
        var digits = Path.GetFileName(path).AsSpan("step-".Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;
    }
}
