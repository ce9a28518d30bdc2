using Softly.Generation;
using Softly.Models;
using Softly.Sampling;
using Softly.Tests.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Adapters;

public class LoraAdapterTests
{
    private static readonly LoraOptions Awkward = new()
    {
        Rank = 4, Alpha = 6, RankStabilized = true, Targets = ["q_proj", "v_proj", "up_proj", "o_proj"],
        RankPattern = [new(@"layers\.1\.self_attn\.q_proj", 2), new("up_proj", 5)], AlphaPattern = [new("v_proj", 9)],
    };

    private static Decoder Model(LoraOptions options, ScalarType type = ScalarType.Float64, bool filled = true)
    {
        var model = Some.Model(type: type);
        var adapter = Some.Attach(model, options);
        if (filled) Fill(adapter);
        return model;
    }

    /// <summary>B away from zero.</summary>
    private static void Fill(LoraAdapter adapter)
    {
        using var off = no_grad();
        using var generator = new torch.Generator(5);
        foreach (var (_, tensor) in adapter.Named.Where(n => n.Key.EndsWith("lora_B.weight")))
        {
            using var scope = NewDisposeScope();
            tensor.copy_(randn(tensor.shape, ScalarType.Float32, generator: generator).mul(0.2f.ToScalar()));
        }
    }

    /// <summary>Plain names go another way than regular expressions, to the same end.</summary>
    [Theory]
    [InlineData("q_proj", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("self_attn.q_proj", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("selfXattn.q.proj", "model.layers.0.self_attn.q_proj", false)]
    [InlineData("self.attn.q.proj", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("proj", "model.layers.0.self_attn.q_proj", false)]
    [InlineData("model.layers.1.self_attn.q_proj", "model.layers.0.self_attn.q_proj", false)]
    [InlineData("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.q_proj", true)]
    public void A_plain_pattern_matches_what_its_regular_expression_matches(string pattern, string name, bool matches)
    {
        foreach (var written in new[] { pattern, $"(?:{pattern})" })
        {
            Assert.Equal(matches ? 3 : 16, new LoraOptions { RankPattern = [new(written, 3)] }.RankOf(name));
            Assert.Equal(matches && pattern == name, new LoraOptions { TargetPattern = written }.Changes(name, 0));
        }
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj", 4, 6.0)]
    [InlineData("model.layers.1.self_attn.q_proj", 2, 6.0)]
    [InlineData("model.layers.0.self_attn.v_proj", 4, 9.0)]
    [InlineData("model.layers.1.mlp.up_proj", 5, 6.0)]
    public void Ranks_and_scales_follow_PEFTs_patterns(string name, int rank, double alpha)
    {
        Assert.Equal(rank, Awkward.RankOf(name));
        Assert.Equal(alpha / Math.Sqrt(rank), Awkward.ScaleOf(name), 15);
        Assert.Equal(alpha / rank, (Awkward with { RankStabilized = false }).ScaleOf(name), 15);
        using var model = Model(Awkward);
        Assert.Equal(rank, model.Adapter!.Named[name + ".lora_A.weight"].shape[0]);
    }

    /// <summary>The merged matrix by a slow loop: W[i, j] + s · Σᵣ B[i, r] A[r, j].</summary>
    [Fact]
    public void Every_changed_matrix_is_the_sum_that_a_slow_loop_gives_and_no_other_changes()
    {
        using var model = Model(Awkward);
        using var merged = new Decoder(model.Config, ScalarType.Float64);
        merged.CopyFrom(model);
        var changed = 0;
        foreach (var (name, weight) in model.Named)
        {
            var expected = Some.Host(weight);
            var map = name[..^".weight".Length];
            if (model.Adapter!.Named.TryGetValue(map + ".lora_A.weight", out var a))
            {
                changed++;
                var b = model.Adapter.Named[map + ".lora_B.weight"];
                var (left, right, rank, columns) = (Some.Host(b), Some.Host(a), (int)a.shape[0], (int)a.shape[1]);
                for (var i = 0; i < expected.Length; i++)
                    for (var r = 0; r < rank; r++)
                        expected[i] += Awkward.ScaleOf(map) * left[i / columns * rank + r] * right[r * columns + i % columns];
            }
            Table.Near(1e-14, expected, merged.Named[name], name);
        }
        Assert.Equal(2 * 4, changed);
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float32, 1e-4)]
    public void The_attached_model_computes_what_the_merged_one_does(ScalarType type, double tolerance)
    {
        using var model = Model(Awkward, type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var merged = new Decoder(model.Config, type);
        merged.CopyFrom(model);
        var ids = tensor(new long[] { 5, 6, 7, 8, 9, 11, 4, 3 }, [2, 4]);
        var logits = GoldenModel.Logits(model, model.Embed(ids));
        Table.Near(tolerance, Some.Host(GoldenModel.Logits(merged, merged.Embed(ids))), logits, "merged");
        var plain = Some.Host(GoldenModel.Logits(model.WithoutAdapter(), model.Embed(ids)));
        Assert.True(plain.Zip(Some.Host(logits), (p, l) => Math.Abs(p - l)).Max() > 0.1);
    }

    [Fact]
    public void A_new_adapter_changes_nothing_to_the_last_bit()
    {
        using var model = Model(new LoraOptions(), ScalarType.Float32, filled: false);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var ids = tensor(new long[] { 5, 6, 7, 8 }, [1, 4]);
        Assert.Equal(
            Some.Host(GoldenModel.Logits(model.WithoutAdapter(), model.Embed(ids))),
            Some.Host(GoldenModel.Logits(model, model.Embed(ids))));
        Assert.All(
            model.Adapter!.Named.Where(n => n.Key.EndsWith("lora_A.weight")),
            n => Assert.InRange(Some.Host(n.Value).Max(Math.Abs) * Math.Sqrt(n.Value.shape[1]), 0.8, 1));
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        using var model = Model(Awkward);
        using var batch = Some.Forced([[5, 6, 7, 8], [3, 4, 12, 9]]);
        using (var loss = Loss()) loss.backward();
        var random = new Random(3);
        foreach (var (name, tensor) in model.Adapter!.Named)
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var at = random.Next((int)tensor.numel());
            using var place = tensor.view(-1).narrow(0, at, 1);
            const double Step = 1e-6;
            using var step = full([1], Step, ScalarType.Float64);
            place.add_(step, 1.ToScalar());
            var up = Some.Host(Loss())[0];
            place.sub_(step).sub_(step);
            var slope = (up - Some.Host(Loss())[0]) / (2 * Step);
            place.add_(step, 1.ToScalar());
            Table.Near(1e-7, [slope], [Some.Host(tensor.grad!)[at]], name);
        }

        Tensor Loss() => Replay.LogDensities(model, batch).mean().neg();
    }

    [Fact]
    public void Dropping_is_a_function_of_the_key_keeps_the_mean_and_ends()
    {
        using var model = Model(new LoraOptions { Rank = 3, Dropout = 0.4 });
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var ids = tensor(new long[] { 5, 6, 7, 8 }, [1, 4]);
        double[] Logits(ulong? key)
        {
            using var dropping = key is { } k ? model.Adapter!.Drop(k) : null;
            return Some.Host(GoldenModel.Logits(model, model.Embed(ids)));
        }
        var without = Logits(null);
        Assert.Equal(Logits(3), Logits(3));
        Assert.NotEqual(Logits(3), Logits(4));
        Assert.NotEqual(without, Logits(3));
        Assert.Equal(without, Logits(null));

        // A map's own output, over many keys: mean within four standard errors of what no dropping gives.
        var x = randn([1, 1, 24], ScalarType.Float64);
        var y = zeros([1, 1, 40], ScalarType.Float64);
        var whole = Some.Host(model.Adapter!.AddTo(0, FusedMap.Qkv, x, y));
        var draws = Enumerable.Range(1, 4000).Select(key =>
        {
            using var inner = NewDisposeScope();
            using var dropping = model.Adapter.Drop((ulong)key);
            return Some.Host(model.Adapter.AddTo(0, FusedMap.Qkv, x, y));
        }).ToArray();
        for (var i = 0; i < whole.Length; i++)
        {
            var values = draws.Select(d => d[i]).ToArray();
            var mean = values.Average();
            var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length / values.Length);
            Assert.True(Math.Abs(mean - whole[i]) < 4.5 * error, $"{i}: {mean} ± {error}, expected {whole[i]}");
        }
    }

    [Theory]
    [InlineData("torch", false)]
    [InlineData("simd", true)]
    [InlineData("torch", true)]
    public void Fresh_rollouts_have_ratio_one_with_the_adapter_attached_or_merged(string engine, bool copied)
    {
        using var model = Model(new LoraOptions { Rank = 4 }, ScalarType.Float32);
        using var decoder = copied
            ? new CopiedDecoder(model, ScalarType.Float32, m => Some.Engine(engine, m))
            : Some.Engine(engine, model);
        Check();
        // After an update the engine must have been told.
        using (no_grad())
            foreach (var parameter in model.Parameters) parameter.mul_(1.5.ToScalar());
        decoder.Refresh();
        Check();

        void Check()
        {
            var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, Some.Soft(new GumbelSoftmax()), seed: 3);
            using var batch = Some.Batch(groups);
            using var off = no_grad();
            using var replayed = Replay.LogDensities(model, batch);
            Table.Near(1e-5 * 10, Some.Host(batch.Recorded), replayed, "log-densities");
        }
    }

    [Theory]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "use_dora": true}""", "use_dora")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}""", "modules_to_save")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "bias": "all"}""", "bias")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "init_lora_weights": "pissa"}""", "init_lora_weights")]
    [InlineData("""{"peft_type": "IA3", "target_modules": ["q_proj"]}""", "peft_type")]
    [InlineData("""{"peft_type": "LORA"}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "(("}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "((((a{99}){99}){99}){99})"}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "(a)\\1"}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "rank_pattern": {"q_proj": 0}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q_proj"], "r": 1e9}""", "r: ")]
    public void What_is_not_supported_is_refused_by_name(string json, string field)
    {
        var error = Assert.Throws<InvalidDataException>(() => Softly.Models.Weights.AdapterConfig.Parse(json));
        Assert.Contains("adapter_config.json", error.Message);
        Assert.Contains(field, error.Message);
    }

    [Theory]
    [InlineData("lm_head", "no linear map of the layers matches")]
    [InlineData("q_porj", "all-linear or some of q_proj")]
    public void An_unknown_map_is_refused_with_the_known_ones(string target, string says)
    {
        using var model = Some.Model();
        var options = new LoraOptions { Targets = [target] };
        var error = Assert.Throws<ArgumentException>(() => new LoraAdapter(model.Config, options, ScalarType.Float32, CPU));
        Assert.Contains(says, error.Message);
        Assert.Contains($"'{target}' is no linear map", Assert.Single(options.UnknownTargets(model.Config)));
    }

    /// <summary>As in PEFT, one name that matches is enough; a list of no layers means all.</summary>
    [Fact]
    public void A_file_may_name_maps_that_the_model_does_not_have()
    {
        using var model = Some.Model();
        var options = Softly.Models.Weights.AdapterConfig.Parse(
            """{"peft_type": "LORA", "r": 2, "target_modules": ["q_proj", "c_attn"], "layers_to_transform": []}""").Options;
        using var adapter = new LoraAdapter(model.Config, options, ScalarType.Float32, CPU);
        Assert.Equal(2 * 2, adapter.Named.Count);
        Assert.Contains("'c_attn' is no linear map", Assert.Single(options.UnknownTargets(model.Config)));
    }

    [Fact]
    public void What_has_no_place_for_an_adapter_says_so_and_another_adapter_is_not_taken_for_this_one()
    {
        using var model = Model(Awkward, ScalarType.Float32);
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "has an adapter", Assert.Throws<InvalidOperationException>(() => PretrainedModel.Save(model, folder.Path)).Message);
        PretrainedAdapter.Save(model.Adapter!, folder.Path, null);
        foreach (var other in new[] { Awkward with { Alpha = 7 }, Awkward with { Dropout = 0.1 } })
        {
            using var adapter = new LoraAdapter(model.Config, other, ScalarType.Float32, CPU);
            var error = Assert.Throws<InvalidDataException>(() => PretrainedAdapter.ReadInto(adapter, folder.Path));
            Assert.Contains("made with other settings", error.Message);
        }
    }

    [Fact]
    public void An_adapter_on_an_adapter_is_refused()
    {
        using var model = Model(Awkward, ScalarType.Float32);
        using var folder = new TemporaryFolder();
        PretrainedAdapter.Save(model.Adapter!, folder.Path, "some/name");
        var error = Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(folder.Path, find: _ => folder.Path));
        Assert.Contains("'some/name' is an adapter itself", error.Message);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_with_the_tensors_that_do_not_fit()
    {
        using var model = Model(Awkward, ScalarType.Float32);
        using var folder = new TemporaryFolder();
        PretrainedAdapter.Save(model.Adapter!, folder.Path, null);
        using var other = new Decoder(model.Config with { HiddenSize = 32 });
        other.Initialize(1);
        var error = Assert.Throws<InvalidDataException>(() => PretrainedAdapter.Attach(other, folder.Path));
        Assert.Contains("adapter_model.safetensors", error.Message);
        Assert.Contains("q_proj.lora_A.weight' has shape (4, 24); (4, 32) is expected", error.Message);
        Assert.Null(other.Adapter);
    }

    [Fact]
    public void The_model_of_an_adapter_is_looked_for_in_its_folder_then_here_then_by_name()
    {
        using var model = Model(Awkward, ScalarType.Float32);
        using TemporaryFolder folder = new(), fetched = new();
        using var shape = new Decoder(model.Config with { ModelType = "qwen2" });
        shape.Initialize(3);
        PretrainedModel.Save(shape, fetched.Path);
        PretrainedAdapter.Save(model.Adapter!, folder.Path, "some/name");
        var error = Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(folder.Path));
        Assert.Contains("base_model_name_or_path: there is no model at 'some/name'", error.Message);
        string? Find(string name) => name == "some/name" ? fetched.Path : null;
        using (var found = PretrainedModel.Load(folder.Path, find: Find)) Assert.NotNull(found.Adapter);
        using (var weights = Softly.Models.Weights.PretrainedWeights.Open(folder.Path, Find))
            Assert.Equal(24, weights.Config.HiddenSize);

        PretrainedModel.Save(shape, folder.File("some/name"));
        using var beside = PretrainedModel.Load(folder.Path);
        Assert.NotNull(beside.Adapter);
    }

    [Fact]
    public void Settings_come_back_from_their_own_file()
    {
        var json = new Softly.Models.Weights.AdapterConfig("base", Awkward with { Layers = [1] }).ToJson();
        var read = Softly.Models.Weights.AdapterConfig.Parse(json);
        Assert.Equal("base", read.Base);
        Assert.True(read.Options.IsLike(Awkward with { Layers = [1] }));
        Assert.False(read.Options.IsLike(Awkward));
    }
}
