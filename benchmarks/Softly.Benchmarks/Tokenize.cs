using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using Softly.Tokenization;
using Tokenizer = Softly.Tokenization.Tokenizer;

namespace Softly.Benchmarks;

/// <summary>
/// This repository's documents and sources through Qwen3's vocabulary, a file a text: tokens are printed, so that tokens a second
/// can be told from the times. The vocabulary is looked for as the tests do it: SOFTLY_TOKENIZERS/qwen3/models.
/// </summary>
public class Tokenize
{
    private string[] _texts = null!;
    private Tokenizer _ours = null!;
    private BpeTokenizer _other = null!;

    [GlobalSetup]
    public void Prepare()
    {
        var folder = Path.Combine(
            Environment.GetEnvironmentVariable("SOFTLY_TOKENIZERS") ?? "artifacts/tokenizers", "qwen3", "models");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder} is not there: ./build.sh test fetches it, or set SOFTLY_TOKENIZERS");
        _texts = [.. new[] { "docs", "src" }.SelectMany(d => Directory.GetFiles(d, "*", SearchOption.AllDirectories))
            .Where(f => f.EndsWith(".md", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        _ours = TokenizerLoader.FromFolder(folder);
        _other = Other(Path.Combine(folder, "tokenizer.json"));
        var tokens = _texts.Sum(t => _ours.Encode(t).Length);
        var differing = _texts.Count(t => !_ours.Encode(t).AsSpan().SequenceEqual([.. _other.EncodeToIds(t)]));
        var bytes = _texts.Sum(t => Encoding.UTF8.GetByteCount(t));
        Console.WriteLine($"// {_texts.Length} texts, {bytes:N0} bytes, {tokens:N0} tokens; {differing} texts get other ids "
            + "from Microsoft.ML.Tokenizers");
    }

    [Benchmark(Baseline = true, Description = "Microsoft.ML.Tokenizers")]
    public int Theirs() => _texts.Sum(t => _other.EncodeToIds(t).Count);

    [Benchmark(Description = "Microsoft.ML.Tokenizers, all threads")]
    public void TheirsTogether() => Parallel.ForEach(_texts, t => _other.EncodeToIds(t));

    [Benchmark(Description = "Tokenizer.Encode")]
    public int Ours() => _texts.Sum(t => _ours.Encode(t).Length);

    [Benchmark(Description = "Tokenizer.Encode, all threads")]
    public void OursTogether() => Parallel.ForEach(_texts, t => _ours.Encode(t));

    private static BpeTokenizer Other(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var model = json.RootElement.GetProperty("model");
        var vocabulary = model.GetProperty("vocab").EnumerateObject()
            .Select(e => KeyValuePair.Create(e.Name, e.Value.GetInt32()));
        var merges = model.GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}");
        var special = json.RootElement.GetProperty("added_tokens").EnumerateArray()
            .ToDictionary(t => t.GetProperty("content").GetString()!, t => t.GetProperty("id").GetInt32());
        var split = json.RootElement.GetProperty("pre_tokenizer").GetProperty("pretokenizers")[0]
            .GetProperty("pattern").GetProperty("Regex").GetString()!;
        return BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = [.. merges], ByteLevel = true, SpecialTokens = special,
            PreTokenizer = new RegexPreTokenizer(new Regex(split, RegexOptions.Compiled), special),
        });
    }
}
