using System.Security.Cryptography;
using System.Text;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>SHA-256 of what decides an evaluation's numbers, in hexadecimal digits.</summary>
internal static class Fingerprint
{
    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt", "chat_template.jinja",
    ];

    /// <summary>Of one file, read in pieces.</summary>
    public static string OfFile(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Of a text.</summary>
    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Of all settings of an evaluation.</summary>
    public static string OfSettings(EvaluationFile file) =>
        OfText(string.Concat(file.Settings.Select(s => $"{s.Key.Length}:{s.Key}{s.Value.Length}:{s.Value}")));

    /// <summary>Of weights: a file's own, or that of the list of a folder's files; of an adapter with its model's.</summary>
    public static string OfWeights(string path) => File.Exists(path) ? OfFile(path) : OfFiles(WeightFiles(path));

    /// <summary>Of the tokenizer that lies beside weights; null where it is in them.</summary>
    public static string? OfTokenizer(string path)
    {
        string[] files = [.. Tokenizers.Folders(path).SelectMany(folder => TokenizerFiles.Select(f => Path.Combine(folder, f)))
            .Where(File.Exists)];
        return files.Length == 0 ? null : OfFiles(files);
    }

    /// <summary>Of problems as they are asked and judged.</summary>
    public static string OfProblems(IEnumerable<Problem> problems)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var problem in problems)
        {
            string[] parts =
            [
                problem.Id, problem.Prompt, problem.Answer,
                .. problem.Messages?.SelectMany(m => new[] { m.Role, m.Content }) ?? [],
                .. problem.Fields.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => new[] { f.Key, f.Value }),
            ];
            foreach (var part in parts)
                hash.AppendData(Encoding.UTF8.GetBytes($"{part.Length}:{part}"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string OfFiles(IEnumerable<string> files) =>
        OfText(string.Concat(files.Select(f => $"{Path.GetFileName(f)} {OfFile(f)}\n")));

    private static IEnumerable<string> WeightFiles(string folder)
    {
        if (AdapterConfig.IsIn(folder))
        {
            var model = AdapterConfig.FindBase(folder, ModelName.Find);
            return [.. Own("adapter_config.json", "adapter_model*"), .. File.Exists(model) ? [model] : WeightFiles(model)];
        }
        return Own("config.json", "generation_config.json", "*.safetensors");

        IEnumerable<string> Own(params string[] patterns) =>
            patterns.SelectMany(p => Directory.GetFiles(folder, p)).Order(StringComparer.Ordinal);
    }
}
