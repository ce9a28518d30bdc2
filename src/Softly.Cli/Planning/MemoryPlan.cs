using Softly.Rollouts;

namespace Softly.Cli.Planning;

/// <summary>One thing that takes memory.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">How much of it.</param>
/// <param name="Phases">When it is there.</param>
internal sealed record Component(string Name, long Bytes, Phase Phases);

/// <summary>The parts of a step that do not stand in memory together.</summary>
[Flags]
internal enum Phase
{
    /// <summary>Drawing rollouts.</summary>
    Rollout = 1,

    /// <summary>Forward, backward and optimizer.</summary>
    Update = 2,

    /// <summary>Answers to held-out problems, between steps.</summary>
    Evaluation = 4,

    /// <summary>From start to end.</summary>
    Always = Rollout | Update | Evaluation,
}

/// <summary>
/// The memory of a run by component, from sizes alone. The peak is that of the largest phase: the cache of keys and values is
/// gone before the update begins, and activations are gone before the next rollout. docs/memory.md has every term, and plans
/// beside measurements.
/// </summary>
internal sealed class MemoryPlan
{
    /// <summary>libtorch's and .NET's own: the program with a tokenizer and no model, as measured.</summary>
    public const long Runtime = 300L << 20;

    /// <summary>Buffers that matrix kernels keep once they have been used, as measured.</summary>
    private const long KernelBuffers = 48L << 20;

    /// <summary>What a chunk of the output head may hold (<c>TokenLogP</c>): 64 MiB of logits in single precision.</summary>
    private const long HeadChunk = 64L << 20;

    /// <summary>
    /// Memory that is free but not of use between blocks that come and go, as a share of them: 13 to 24 % were measured.
    /// </summary>
    private const double Gaps = 0.15;

    /// <summary>Blocks of this size and above are the machine's own and leave no gaps (glibc's largest threshold).</summary>
    private const long OwnBlock = 32L << 20;

    /// <summary>Numbers of the head's rows that are gathered at a time (<c>SupportLogits</c>).</summary>
    private const long SupportChunk = 16L << 20;

    /// <summary>Managed memory of a step's fixed fields beside its slots, and what the collector leaves of them.</summary>
    private const int StepBytes = 160;

    /// <summary>Heads up to this size are multiplied whole in the update (<c>Replay</c>).</summary>
    private const int SmallVocabulary = 1024;

    private readonly PlanInput _input;
    private readonly List<Component> _components = [];

    /// <summary>Plans.</summary>
    public MemoryPlan(PlanInput input)
    {
        _input = input;
        (Rows, Columns) = RolloutBatch.Shape(
            input.PromptTokens, input.CompletionTokens, input.GroupSize,
            Math.Min(input.MicroBatch, Math.Max(1, input.Rollouts * input.Iterations / input.UpdatesPerStep)));
        AddModel();
        AddDecoding(Phase.Rollout, input.PromptsPerStep, input.GroupSize);
        AddDecoding(Phase.Evaluation, input.EvaluationProblems, input.EvaluationSamples);
        AddUpdate();
        AddGaps(Phase.Update, (long)Rows * Columns * input.Model.HiddenSize * input.ElementBytes);
    }

    /// <summary>B of the update's largest micro-batch.</summary>
    public int Rows { get; }

    /// <summary>T of the update's largest micro-batch.</summary>
    public int Columns { get; }

    /// <summary>All components that are not empty.</summary>
    public IReadOnlyList<Component> Components => _components;

    /// <summary>Bytes resident at most in a phase.</summary>
    public long Of(Phase phase) => _components.Where(c => c.Phases.HasFlag(phase)).Sum(c => c.Bytes);

    /// <summary>Bytes resident at most.</summary>
    public long Peak => Of(PeakPhase);

    /// <summary>The phase in which that is.</summary>
    public Phase PeakPhase => new[] { Phase.Update, Phase.Rollout, Phase.Evaluation }.MaxBy(Of);

    /// <summary>Bytes of keys and values of one position of one row, all layers.</summary>
    public static long CacheBytesPerToken(PlanInput input) =>
        2L * input.Model.Layers * input.Model.KeyValueHeads * input.Model.HeadSize * input.RolloutBytes;

    /// <summary>
    /// Numbers that a layer keeps for its backward pass, for one position: what autograd saves of <c>Decoder.Layered</c>, term by
    /// term.
    /// </summary>
    public static long KeptNumbers(PlanInput input)
    {
        var m = input.Model;
        long d = m.HiddenSize, q = m.Heads * m.HeadSize, kv = m.KeyValueHeads * m.HeadSize, f = m.IntermediateSize;
        var norms = 6 * d;                                       // twice: input, input · scale, and what the matrix reads
        var turned = q + kv;                                     // queries and keys after their rotation
        var attended = m.Heads == m.KeyValueHeads
            ? q + 2 * kv                                         // values are a view of queries, keys and values as one
            : 2 * q;                                             // keys and values repeated for their groups
        var headNorms = m.QkNorm ? 2 * q + 3 * kv : 0;
        var inner = 4 * f;                                       // gate and up, silu(gate), the product
        return norms + turned + attended + headNorms + q + m.Heads + inner;
    }

    private void AddModel()
    {
        long parameters = _input.Parameters, trained = _input.Trained;
        Add("runtime (libtorch, .NET, tokenizer)", Runtime + _input.Model.MaxPositions * (long)_input.Model.HeadSize
            * _input.ElementBytes, Phase.Always);
        Add(_input.Full ? "weights (float32)" : $"weights (frozen, {(_input.HalfPrecision ? "bfloat16" : "float32")})",
            parameters * _input.ElementBytes, Phase.Always);
        if (!_input.Full) Add("adapter (float32)", trained * 4, Phase.Always);
        if (_input.Full && _input.HalfPrecision) Add("rollout copy (bfloat16)", parameters * 2, Phase.Always);
        if (_input.Simd)
            Add("rollout copy (packed)",
                (parameters + (_input.Model.TiedHead ? (long)_input.Model.VocabularySize * _input.Model.HiddenSize : 0)) * 4
                    + (_input.Full ? 0 : parameters * 4), Phase.Always);
        if (_input.Reference && _input.Full) Add("reference (frozen)", parameters * _input.RolloutBytes, Phase.Always);
        Add("gradients (float32)", trained * 4, Phase.Always);
        Add("AdamW's moments (float32)", trained * 8, Phase.Always);
        Add("kernels' own buffers", KernelBuffers, Phase.Always);
        // Id, whether it is kept, log-probability, weight and value of every slot; twice, for what is not collected yet.
        var step = StepBytes + 2L * 21 * _input.Slots;
        Add("rollouts held", _input.Rollouts * (long)_input.CompletionTokens * step, Phase.Always);
    }

    /// <summary>Rows that decode side by side, groups never split.</summary>
    private void AddDecoding(Phase phase, int problems, int samples)
    {
        if (problems == 0) return;
        var m = _input.Model;
        var groups = Math.Clamp(_input.RolloutRows / samples, 1, problems);
        long rows = (long)groups * samples;
        long positions = _input.Simd // rows read their prompt's keys and values where they lie
            ? groups * (long)_input.PromptTokens + rows * _input.CompletionTokens
            : rows * (_input.PromptTokens + _input.CompletionTokens);
        Add("keys and values", positions * CacheBytesPerToken(_input), phase);

        // Tables of (rows, V): the logits; in a thought their log-probabilities and what the entropy is made of; in an answer the
        // same, and where neither all is kept nor the kept set stored, what a filter and an inverted distribution function take.
        var tables = 1 + (_input.HalfPrecision ? 1 : 0);
        if (_input.Thinks) tables += 3 + (_input.TemperedThoughts ? 1 : 0);
        tables += _input.StoredAnswers ? 3 : _input.WholeAnswers ? 5 : 6;
        var draws = rows * m.VocabularySize * 4 * tables;
        // The prompt's own pass: one layer's temporaries for all prompts, over before anything is drawn.
        var prefill = _input.Simd ? 0 : groups * (long)_input.PromptTokens
            * (KeptNumbers(_input) + m.HiddenSize) * _input.RolloutBytes;
        Add("logits and draws", Math.Max(draws, prefill), phase);
        AddGaps(phase, positions * CacheBytesPerToken(_input) / m.Layers / 2);
    }

    private void AddUpdate()
    {
        var m = _input.Model;
        long positions = (long)Rows * Columns, e = _input.ElementBytes;
        var layer = positions * (KeptNumbers(_input) * e + AdapterBytes());
        var input = positions * m.HiddenSize * e;
        var mask = Columns > _input.PromptTokens + _input.CompletionTokens ? Rows * (long)Columns * Columns * e : 0;
        var whole = m.Layers * layer;

        // The backward pass of one layer: gradients of the feed-forward's inside (the two halves are filled up to the whole and
        // added), of the residual stream, and of the layer's matrices before they are added up.
        var matrices = _input.Full ? LayerParameters() * 4 : 0;
        var passing = positions * (8L * m.IntermediateSize + 4L * m.HiddenSize) * e + matrices;
        var head = HeadBytes(out var held);
        if (_input.GradientCheckpointing)
        {
            Add("activations (layers' inputs)", m.Layers * input + 3 * input + mask, Phase.Update);
            Add("working memory of backward", Math.Max(head, held + layer + passing), Phase.Update);
        }
        else
        {
            Add("activations (all layers)", whole + 3 * input + mask, Phase.Update);
            Add("working memory of backward", Math.Max(head, held + passing - layer), Phase.Update);
        }
    }

    /// <summary>What an adapter keeps for one position of one layer, in bytes.</summary>
    private long AdapterBytes() => _input.Full ? 0
        : 4L * _input.AdapterRanks
            + (_input.HalfPrecision ? 4L : 0) * _input.AdapterInputs
            + (_input.AdapterDrops ? 8L : 0) * _input.AdapterInputs;

    private long LayerParameters()
    {
        var m = _input.Model;
        long q = m.Heads * m.HeadSize, kv = m.KeyValueHeads * m.HeadSize;
        return m.HiddenSize * (2 * q + 2 * kv + 3L * m.IntermediateSize);
    }

    /// <summary>What the output head takes while log-densities and their gradients are made.</summary>
    /// <param name="held">What of it lasts until the end of the backward pass.</param>
    private long HeadBytes(out long held)
    {
        var m = _input.Model;
        long steps = (long)Math.Min(_input.MicroBatch, _input.Rollouts) * _input.CompletionTokens, e = _input.ElementBytes;
        long v = m.VocabularySize, d = m.HiddenSize;
        var stored = _input.Thinks || _input.StoredAnswers;
        // The token that ends thinking is chosen from the whole vocabulary, once a rollout.
        var plain = !_input.StoredAnswers ? steps : _input.Thinks ? Math.Min(_input.MicroBatch, _input.Rollouts) : 0;
        var rows = v <= SmallVocabulary ? steps * v : Math.Min(SupportChunk, steps * _input.Slots * d);
        var gathered = stored ? 3 * rows * e : 0;
        // One (V, D) for every kind of steps, the sum they are added to, and the one that TorchSharp holds to the end.
        var table = _input.Full ? v * d * 4 : 0;
        var chunk = Math.Max(
            Math.Min(HeadChunk, plain * v * 4) * 3, _input.WholeVocabulary ? Math.Min(HeadChunk, steps * v * 4) * 5 : 0);
        held = (plain > 0 || _input.WholeVocabulary) && !_input.GradientCheckpointing ? table : 0;
        return gathered + (stored ? 2 : 1) * table + (plain > 0 ? table : 0) + chunk;
    }

    /// <summary>What the C library's heap loses to gaps in a phase whose tensors are mostly of this size.</summary>
    private void AddGaps(Phase phase, long blockBytes)
    {
        if (blockBytes < OwnBlock)
            Add("gaps in the heap", (long)(Gaps * _components.Where(c => c.Phases == phase).Sum(c => c.Bytes)), phase);
    }

    private void Add(string name, long bytes, Phase phases)
    {
        if (bytes > 0) _components.Add(new Component(name, bytes, phases));
    }
}
