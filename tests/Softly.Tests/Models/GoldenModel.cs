using System.Text.Json;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>A small checkpoint of golden/models with what transformers computes for it in double precision.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly string _folder;
    private readonly SafeTensorsFile _expected;

    public GoldenModel(string name)
    {
        _folder = Reference.Require(["golden", "models", .. name.Split('/')]);
        _expected = new SafeTensorsFile(Path.Combine(_folder, "expected.safetensors"));
        Cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "cases.json"))).RootElement;
    }

    /// <summary>
    /// The checkpoints that stand in the reference folder. Without it their usual names, so that tests are skipped and not gone.
    /// </summary>
    public static IEnumerable<string> Checkpoints { get; } = Folders("", "config.json") ??
    [
        "qwen2_tied", "qwen2_untied_sharded", "qwen2_bf16",
        "llama_rope3_tied", "llama_biased_wide_heads", "llama_f16", "qwen3_tied",
    ];

    /// <summary>The GGUF files that stand there, or their usual names.</summary>
    public static IEnumerable<string> Ggufs { get; } = Folders("gguf", "model.gguf")
        ?? ["gguf/llama_f32_untied", "gguf/llama_q8_0", "gguf/qwen2_bf16", "gguf/qwen2_q4_1"];

    private static string[]? Folders(string under, string file)
    {
        var all = Path.Combine(Reference.Folder, "golden", "models", under);
        return !Directory.Exists(all) ? null
            : [.. Directory.GetDirectories(all)
                .Where(folder => File.Exists(Path.Combine(folder, file)) && File.Exists(Path.Combine(folder, "cases.json")))
                .Select(folder => (under.Length > 0 ? under + "/" : "") + Path.GetFileName(folder))
                .Order(StringComparer.Ordinal)];
    }

    public JsonElement Cases { get; }

    /// <summary>The two rows of tokens of the case <c>forward</c>, (2, T).</summary>
    public int[][] Rows => [.. Cases.GetProperty("forward").Rows("ids").Select(row => row.Select(id => (int)id).ToArray())];

    public IEnumerable<string> Names => _expected.Entries.Keys;

    public Decoder Load(ScalarType type = ScalarType.Float32)
    {
        var gguf = Path.Combine(_folder, "model.gguf");
        return PretrainedModel.Load(File.Exists(gguf) ? gguf : _folder, type);
    }

    public double[] Numbers(string name)
    {
        var numbers = new double[_expected.Entries[name].Elements];
        _expected.ReadDoubles(name, numbers);
        return numbers;
    }

    /// <summary>An array of the file, in double precision.</summary>
    public Tensor Array(string name) => tensor(Numbers(name), [.. _expected.Entries[name].Shape]);

    /// <summary>Token ids, which the file stores as whole numbers.</summary>
    public Tensor Ids(string name)
    {
        var ids = new long[_expected.Entries[name].Elements];
        _expected.ReadLongs(name, ids);
        return tensor(ids, [.. _expected.Entries[name].Shape]);
    }

    /// <summary>The positions of the case <c>soft_inputs</c>.</summary>
    public MixtureRow[] Mixtures()
    {
        using var ids = Ids("soft_inputs.ids");
        var wide = (int)ids.shape[1];
        var weights = Numbers("soft_inputs.weights").Select(w => (float)w).Chunk(wide);
        return [.. ids.data<long>().Select(i => (int)i).Chunk(wide).Zip(weights, (i, w) => new MixtureRow(i, w))];
    }

    /// <summary>(B, T, V).</summary>
    public static Tensor Logits(Decoder model, Tensor inputs) => nn.functional.linear(model.Forward(inputs), model.Head);

    /// <summary>What the table promises: 1e-9 of the largest logit in double precision, 1e-4 in single.</summary>
    public double Tolerance(ScalarType type, string logits = "forward.logits") =>
        type == ScalarType.Float64 ? 1e-9 * Numbers(logits).Max(Math.Abs) : 1e-4;

    /// <summary>The filter of a soft-thinking case.</summary>
    public static SupportFilter Filter(JsonElement c) =>
        new() { Temperature = c.Number("temperature"), TopK = (int)c.Number("top_k"), TopP = c.Number("top_p") };

    /// <summary>The same tokens kept, each with its weight; where weights are close their order may differ.</summary>
    public static void SameMixture(JsonElement step, int[] ids, double[] weights, double tolerance)
    {
        var kept = ids.Zip(weights).Where(k => k.Second > 0).OrderBy(k => k.First).ToArray();
        var expected = step.Ints("ids").Zip(step.Numbers("weights")).OrderBy(k => k.First).ToArray();
        Assert.Equal(expected.Select(k => k.First), kept.Select(k => k.First));
        Table.Near(tolerance, [.. expected.Select(k => k.Second)], [.. kept.Select(k => k.Second)], "weights");
    }

    public void Dispose() => _expected.Dispose();
}
