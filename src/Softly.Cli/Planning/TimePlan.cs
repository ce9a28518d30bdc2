namespace Softly.Cli.Planning;

/// <summary>
/// A step's time from operations and bytes: what the machine was seen to do, times the share of it that each part was measured to
/// reach. For rollouts that all run to the limit; shorter ones take less. A warm start is not in it.
/// </summary>
internal sealed class TimePlan
{
    /// <summary>
    /// The factor that steps of one model (SmolLM2-135M) on one quiet machine of two cores kept within. Other models and machines
    /// were not measured; other programs beside the run made it two to four times as long.
    /// </summary>
    public const double Uncertainty = 2;

    /// <summary>Share of the product rate that training's products reach (libtorch, forward and backward).</summary>
    private const double TrainingShare = 0.7;

    /// <summary>Share of it that decoding with libtorch reaches: its matrices are skinny.</summary>
    private const double DecodingShare = 0.45;

    /// <summary>Share of it that the vector kernels reach.</summary>
    private const double SimdShare = 0.6;

    /// <summary>Half precision's product rate over single precision's, where the processor has it.</summary>
    private const double HalfPrecisionGain = 2;

    /// <summary>Seconds that libtorch takes to be called for a layer of one decoding step, whatever its size.</summary>
    private const double LayerCall = 3e-4;

    /// <summary>How often what a layer keeps is read or written in a step.</summary>
    private const int ActivationPasses = 6;

    /// <summary>Plans.</summary>
    public TimePlan(PlanInput input, Machine machine)
    {
        var plan = new MemoryPlan(input);
        var m = input.Model;
        double flops = machine.Gflops * 1e9, bytes = machine.GigabytesPerSecond * 1e9;
        double embedding = (double)m.VocabularySize * m.HiddenSize;
        var layers = input.Parameters - embedding * (m.TiedHead ? 1 : 2);
        var gain = input.HalfPrecision ? HalfPrecisionGain : 1;

        // Rollout: prompts once a group, then as many steps as a completion has tokens, in batches of rollout_rows.
        var groups = Math.Clamp(input.RolloutRows / input.GroupSize, 1, input.PromptsPerStep);
        double rows = groups * input.GroupSize, batches = Math.Ceiling(input.PromptsPerStep / (double)groups);
        var share = input.Simd ? SimdShare : DecodingShare;
        var prefill = 2 * (layers * input.PromptTokens + embedding) * input.PromptsPerStep / (flops * gain * TrainingShare);
        var products = 2 * (layers + embedding) * rows / (flops * gain * share);
        var weights = (layers + embedding) * input.RolloutBytes / bytes;
        var cache = rows * (input.PromptTokens + input.CompletionTokens / 2.0) * MemoryPlan.CacheBytesPerToken(input) / bytes;
        var draws = rows * m.VocabularySize * 4 * 20 / bytes;
        var calls = input.Simd ? 0 : m.Layers * LayerCall;
        Rollout = prefill + batches * input.CompletionTokens * (Math.Max(products, weights) + cache + draws + calls);

        // Update: forward and twice as much backward, once more forward where layers are computed again.
        double micro = Math.Ceiling(input.Rollouts / (double)Math.Min(input.MicroBatch, input.Rollouts)) * input.Iterations;
        double positions = (double)plan.Rows * plan.Columns * micro;
        var half = input.HalfPrecision && !input.Full ? HalfPrecisionGain : 1;
        var passes = (input.Full ? 3 : 2) + (input.GradientCheckpointing ? 1 : 0)
            + input.ReferencePasses + (input.RecomputesOld ? 1.0 / input.Iterations : 0);
        var attention = 4.0 * plan.Columns * m.Heads * m.HeadSize * m.Layers * positions;
        var plain = input.StoredAnswers ? 0 : (double)input.Rollouts * input.AnswerTokens * input.Iterations;
        var head = plain * embedding * (input.Full ? 8 : 6) * (input.WholeVocabulary ? 2 : 1);
        var operations = passes * (2 * layers * positions + attention) + head;
        var traffic = ActivationPasses * positions * m.Layers * MemoryPlan.KeptNumbers(input) * input.ElementBytes;
        var tables = input.Full ? micro * 4 * embedding * 4 * 3 : 0;       // gradients of the head are whole tables
        var optimizer = input.Trained * 4.0 * 8 * input.UpdatesPerStep;    // reads four tables, writes three, and the norm
        Update = operations / (flops * half * TrainingShare) + (traffic + tables + optimizer) / bytes;
    }

    /// <summary>Seconds of drawing.</summary>
    public double Rollout { get; }

    /// <summary>Seconds of forward, backward and optimizer.</summary>
    public double Update { get; }

    /// <summary>Seconds of a step.</summary>
    public double Step => Rollout + Update;
}
