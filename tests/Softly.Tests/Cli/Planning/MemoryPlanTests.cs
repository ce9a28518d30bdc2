using Softly.Cli.Planning;
using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Cli.Planning;

/// <summary>The plan's arithmetic: numbers known from the models' cards, and what must grow with what.</summary>
public class MemoryPlanTests
{
    private static DecoderConfig Config(
        int vocabulary, int width, int inner, int layers, int heads, int keyValueHeads, bool tied, bool bias) => new()
    {
        VocabularySize = vocabulary, HiddenSize = width, IntermediateSize = inner, Layers = layers, Heads = heads,
        KeyValueHeads = keyValueHeads, HeadSize = 128, TiedHead = tied, QkvBias = bias, MaxPositions = 131072,
    };

    /// <summary>The three models that the paper trains (arXiv 2511.06411).</summary>
    private static DecoderConfig Published(string name) => name switch
    {
        "DeepSeek-R1-Distill-Qwen-1.5B" => Config(151936, 1536, 8960, 28, 12, 2, tied: false, bias: true),
        "Llama-3.2-3B-Instruct" => Config(128256, 3072, 8192, 28, 24, 8, tied: true, bias: false),
        _ => Config(152064, 3584, 18944, 28, 28, 4, tied: false, bias: true), // DeepSeek-R1-Distill-Qwen-7B
    };

    private static PlanInput Of(DecoderConfig model) => new()
    {
        Model = model, PromptTokens = 200, CompletionTokens = 512, PromptsPerStep = 8, GroupSize = 8, MicroBatch = 8,
        RolloutRows = 64, HalfPrecision = true, Thinks = true, Slots = 30,
    };

    [Theory]
    [InlineData("DeepSeek-R1-Distill-Qwen-1.5B", 1_777_088_000, 28_672)]
    [InlineData("Llama-3.2-3B-Instruct", 3_212_749_824, 114_688)]
    [InlineData("DeepSeek-R1-Distill-Qwen-7B", 7_615_616_512, 57_344)]
    public void Weights_and_cache_of_published_models_are_what_their_cards_say(string name, long parameters, long perToken)
    {
        var input = Of(Published(name));
        var plan = new MemoryPlan(input);
        Assert.Equal(parameters, input.Parameters);
        Assert.Equal(perToken, MemoryPlan.CacheBytesPerToken(input));
        Assert.Equal(parameters * 4, Bytes(plan, "weights (float32)"));
        Assert.Equal(parameters * 2, Bytes(plan, "rollout copy (bfloat16)"));
        Assert.Equal(parameters * 8, Bytes(plan, "AdamW's moments (float32)"));
        Assert.Equal(64 * (200 + 512) * perToken, Bytes(plan, "keys and values"));
    }

    [Fact]
    public void An_adapter_has_gradients_and_moments_of_its_own_and_the_base_none()
    {
        var model = Published("DeepSeek-R1-Distill-Qwen-7B");
        var (parameters, ranks, inputs) = new LoraOptions { Rank = 16 }.Sizes(model);
        Assert.Equal(40_370_176, parameters); // PEFT's count for rank 16, all linear maps
        Assert.Equal(7 * 16, ranks);
        Assert.Equal(3584 + 3584 + 3584 + 18944, inputs);
        var plan = new MemoryPlan(Of(model) with { AdapterParameters = parameters, AdapterRanks = ranks, ReferencePasses = 1 });
        Assert.Equal(7_615_616_512 * 2, Bytes(plan, "weights (frozen, bfloat16)"));
        Assert.Equal(parameters * 4, Bytes(plan, "gradients (float32)"));
        Assert.Equal(0, Bytes(plan, "reference (frozen)")); // the base without the adapter
        Assert.Equal(0, Bytes(plan, "rollout copy (bfloat16)"));
    }

    [Fact]
    public void An_adapter_s_size_is_the_adapter_s()
    {
        using var model = Some.Model();
        foreach (var targets in new[] { "all-linear", "q_proj,down_proj" })
        {
            var options = new LoraOptions { Rank = 3, Targets = targets.Split(',') };
            using var adapter = new LoraAdapter(model.Config, options, model.Type, CPU);
            Assert.Equal(adapter.ParameterCount, options.Sizes(model.Config).Parameters);
        }
    }

    [Fact]
    public void Phases_do_not_add_up()
    {
        var plan = new MemoryPlan(Of(Published("Llama-3.2-3B-Instruct")));
        Assert.Equal(Math.Max(plan.Of(Phase.Rollout), plan.Of(Phase.Update)), plan.Peak);
        Assert.True(plan.Peak < plan.Components.Sum(c => c.Bytes));

        var asked = new MemoryPlan(
            Of(Published("Llama-3.2-3B-Instruct")) with { EvaluationProblems = 500, EvaluationSamples = 32, RolloutRows = 1024 });
        Assert.Equal(Phase.Evaluation, asked.PeakPhase); // more rows than a step has
        Assert.Equal(32L * 32 * (200 + 512) * 114_688, asked.Components
            .Single(c => c is { Name: "keys and values", Phases: Phase.Evaluation }).Bytes);
    }

    /// <summary>More of anything never takes less, and what saves does save.</summary>
    [Fact]
    public void Memory_grows_with_sizes_and_shrinks_with_savings()
    {
        var input = Of(Published("DeepSeek-R1-Distill-Qwen-1.5B"));
        var before = new MemoryPlan(input);
        foreach (var larger in new[]
        {
            input with { PromptTokens = 400 }, input with { CompletionTokens = 1024 }, input with { MicroBatch = 16 },
            input with { RolloutRows = 128, PromptsPerStep = 16 }, input with { ReferencePasses = 1 },
            input with { WholeVocabulary = true },
        })
        {
            var after = new MemoryPlan(larger);
            Assert.True(after.Of(Phase.Rollout) >= before.Of(Phase.Rollout));
            Assert.True(after.Of(Phase.Update) >= before.Of(Phase.Update));
            Assert.True(after.Of(Phase.Rollout) + after.Of(Phase.Update) > before.Of(Phase.Rollout) + before.Of(Phase.Update));
        }
        Assert.True(new MemoryPlan(input with { GradientCheckpointing = true }).Of(Phase.Update) < before.Of(Phase.Update));
        Assert.True(new MemoryPlan(input with { MicroBatch = 4 }).Of(Phase.Update) < before.Of(Phase.Update));
        Assert.True(new MemoryPlan(input with { RolloutRows = 8 }).Of(Phase.Rollout) < before.Of(Phase.Rollout));
        Assert.True(new MemoryPlan(input with { AdapterParameters = 1000 }).Peak < before.Peak);
    }

    /// <summary>It trains all of the model in single precision, whatever comes after it.</summary>
    [Fact]
    public void A_warm_start_is_a_phase_of_its_own()
    {
        var warm = new WarmStartInput(Batch: 16, Positions: 300, Targets: 100, Width: 2);
        var model = Published("Llama-3.2-3B-Instruct");
        foreach (var adapter in new[] { 0L, 1000 })
        {
            var input = Of(model) with { AdapterParameters = adapter };
            var before = new MemoryPlan(input);
            var after = new MemoryPlan(input with { WarmStart = warm });
            Assert.Equal(before.Of(Phase.Rollout), after.Of(Phase.Rollout));
            Assert.Equal(before.Of(Phase.Update), after.Of(Phase.Update));
            long all = 3_212_749_824L * 16, logits = 3L * 16 * 100 * 128256 * 4;
            var layers = 28L * 16 * 300 * MemoryPlan.KeptNumbers(input) * 4;
            Assert.InRange(after.Of(Phase.WarmStart), all + layers + logits, 1.3 * (all + layers + logits));
            Assert.Equal(0, after.Components.Count(c => c.Name.StartsWith("rollout") && c.Phases.HasFlag(Phase.WarmStart)));
        }
        var adapted = new MemoryPlan(Of(model) with { AdapterParameters = 1000, WarmStart = warm });
        Assert.Equal(Phase.WarmStart, adapted.PeakPhase);
        Assert.Equal(adapted.Of(Phase.WarmStart), adapted.Peak);
        var less = new MemoryPlan(Of(model) with { AdapterParameters = 1000, WarmStart = warm with { Batch = 2 } });
        Assert.True(less.Peak < adapted.Peak);
    }

    /// <summary>The embedding's gradient comes last: it is seen where little else is kept.</summary>
    [Fact]
    public void Attached_inputs_have_a_gradient()
    {
        var input = Of(Published("Llama-3.2-3B-Instruct")) with { GradientCheckpointing = true, Slots = 200 };
        Assert.True(
            new MemoryPlan(input with { AttachInputs = true }).Of(Phase.Update) > new MemoryPlan(input).Of(Phase.Update));
    }

    [Fact]
    public void Rotary_tables_are_as_long_as_what_is_read()
    {
        var input = Of(Published("Llama-3.2-3B-Instruct"));
        var name = "runtime (libtorch, .NET, tokenizer)";
        Assert.Equal(MemoryPlan.Runtime + (200 + 512) * 128 * 4, Bytes(new MemoryPlan(input), name));
    }

    [Fact]
    public void A_micro_batch_has_the_shape_that_it_will_have()
    {
        var plan = new MemoryPlan(Of(Some.Model().Config) with { PromptTokens = 160, CompletionTokens = 14, MicroBatch = 16 });
        Assert.Equal((2, 160 + 8 * 13), (plan.Rows, plan.Columns));     // two groups, each behind its prompt
        plan = new MemoryPlan(Of(Some.Model().Config) with { PromptTokens = 100, CompletionTokens = 500 });
        Assert.Equal((8, 100 + 499), (plan.Rows, plan.Columns));        // long answers stand alone
    }

    /// <summary>What autograd keeps of a layer, measured: what is resident after a forward pass.</summary>
    [Theory]
    [InlineData(4, 4, false)]
    [InlineData(4, 2, false)]
    [InlineData(4, 2, true)]
    [Trait("Weight", "Story")]
    public void A_layer_keeps_what_is_planned(int heads, int keyValueHeads, bool headNorms)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read as Linux counts it");
        var config = new DecoderConfig
        {
            VocabularySize = 64, HiddenSize = 256, IntermediateSize = 640, Layers = 10, Heads = heads,
            KeyValueHeads = keyValueHeads, HeadSize = 64, QkNorm = headNorms, MaxPositions = 512,
        };
        using var model = new Decoder(config);
        model.Initialize(seed: 1);
        using var inputs = randn(16, 512, 256);
        var planned = MemoryPlan.KeptNumbers(Of(config)) * config.Layers * 16 * 512 * 4;
        var measured = Enumerable.Range(0, 3).Select(_ =>
        {
            ResidentMemory.Trim(); // else it would be made of what earlier tests have freed
            using var scope = NewDisposeScope();
            var before = Environment.WorkingSet;
            var hidden = model.Forward(inputs);
            ResidentMemory.Trim();
            return Environment.WorkingSet - before;
        }).Last();
        Assert.InRange(measured, 0.85 * planned, 1.15 * planned);
    }

    private static long Bytes(MemoryPlan plan, string name) => plan.Components.Where(c => c.Name == name).Sum(c => c.Bytes);

    /// <summary>What rollouts really have counts in the update alone: the cache is made for the limit.</summary>
    [Fact]
    public void Shorter_answers_take_less_in_the_update_and_the_same_cache()
    {
        var input = Of(Some.Model().Config);
        MemoryPlan limit = new(input), shorter = new(input with { AnswerTokens = input.CompletionTokens / 4 });
        Assert.True(shorter.Of(Phase.Update) < limit.Of(Phase.Update));
        Assert.Equal(Cache(limit), Cache(shorter));
        Assert.Equal(limit.Peak, new MemoryPlan(input with { AnswerTokens = input.CompletionTokens }).Peak);

        static long Cache(MemoryPlan plan) => plan.Components.Single(c => c.Name == "keys and values").Bytes;
    }
}
