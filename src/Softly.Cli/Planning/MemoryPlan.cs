using Softly.Models;
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

    /// <summary>Supervised updates before the first step.</summary>
    WarmStart = 8,

    /// <summary>Reinforcement learning, all of it.</summary>
    Steps = Rollout | Update | Evaluation,

    /// <summary>From start to end.</summary>
    Always = WarmStart | Steps,
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
    /// Memory that is free but not of use between blocks that come and go, as a share of them, where it is not counted
    /// (<see cref="HoleBytes"/>): in decoding, and in an update that computes layers again. 13 to 24 % were measured.
    /// </summary>
    private const double Gaps = 0.15;

    /// <summary>Blocks of this size and above are the machine's own and leave no gaps (glibc's largest threshold).</summary>
    private const long OwnBlock = 32L << 20;

    /// <summary>Numbers of the head's rows that are gathered at a time (<c>SupportLogits</c>).</summary>
    private const long SupportChunk = 16L << 20;

    /// <summary>Managed memory of a step's fixed fields beside its slots, and what the collector leaves of them.</summary>
    private const int StepBytes = 160;

    /// <summary>Heads up to this size are multiplied whole in the update (<c>Replay</c>).</summary>
    private const int SmallVocabulary = 512;

    private readonly PlanInput _input;
    private readonly List<Component> _components = [];

    /// <summary>Plans.</summary>
    public MemoryPlan(PlanInput input)
    {
        _input = input;
        (Rows, Columns) = RolloutBatch.Shape(
            input.PromptTokens, input.AnswerTokens, input.GroupSize,
            Math.Min(input.MicroBatch, Math.Max(1, input.Rollouts * input.Iterations / input.UpdatesPerStep)));
        AddModel();
        AddDecoding(input.Overlaps ? Phase.Rollout | Phase.Update : Phase.Rollout, input.PromptsPerStep, input.GroupSize);
        AddDecoding(Phase.Evaluation, input.EvaluationProblems, input.EvaluationSamples);
        if (input.Fused) AddFused();
        else AddUpdate();
        if (input.WarmStart is { } warm) AddWarmStart(warm);
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
    public Phase PeakPhase => new[] { Phase.Update, Phase.Rollout, Phase.Evaluation, Phase.WarmStart }.MaxBy(Of);

    /// <summary>Bytes of keys and values of one position of one row, all layers.</summary>
    public static long CacheBytesPerToken(PlanInput input) =>
        2L * input.Model.Layers * input.Model.KeyValueHeads * input.Model.HeadSize * (input.Simd ? 4 : input.RolloutBytes);

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
        // Angles of the positions in use, two tables of half a head's width.
        Add("runtime (libtorch, .NET, tokenizer)", Runtime + (_input.PromptTokens + (long)_input.CompletionTokens)
            * _input.Model.HeadSize * _input.ElementBytes, Phase.Always);
        // A warm start trains the model itself, which full training goes on with.
        var shared = _input.Full ? Phase.Always : Phase.Steps;
        if (!_input.Full && _input.WarmStart is not null)
        {
            Add("weights (float32)", parameters * 4, Phase.WarmStart);
            Add("gradients (float32)", parameters * 4, Phase.WarmStart);
            Add("AdamW's moments (float32)", parameters * 8, Phase.WarmStart);
        }
        Add(_input.Full ? "weights (float32)" : $"weights (frozen, {(_input.HalfPrecision ? "bfloat16" : "float32")})",
            parameters * _input.ElementBytes, shared);
        if (!_input.Full) Add("adapter (float32)", trained * 4, Phase.Steps);
        if (_input is { Full: true, HalfPrecision: true, Simd: false })
            Add("rollout copy (bfloat16)", parameters * 2, Phase.Steps);
        if (_input.Simd)
            Add("rollout copy (packed)",
                SimdDecoder.PackedBytes(_input.Model, _input.HalfPrecision)
                    + (_input.Full ? 0 : parameters * _input.RolloutBytes),
                Phase.Steps);
        if (_input.Reference && _input.Full)
            Add("reference (frozen)", parameters * (_input.Fused ? 4 : _input.RolloutBytes), Phase.Steps);
        if (_input is { Overlaps: true, Full: true, Simd: true })
            Add("copy that decodes beside the update", parameters * _input.RolloutBytes, Phase.Steps);
        Add("gradients (float32)", trained * 4, shared);
        Add("AdamW's moments (float32)", trained * 8, shared);
        Add("kernels' own buffers", KernelBuffers, Phase.Always);
        // Id, whether it is kept, log-probability, weight and value of every slot; twice, for what is not collected yet.
        var step = StepBytes + 2L * 21 * _input.Slots;
        Add("rollouts held", _input.Rollouts * (long)_input.AnswerTokens * step, Phase.Steps);
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
        var tables = 1 + (_input is { HalfPrecision: true, Simd: false } ? 1 : 0);
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
        var mask = Columns > _input.PromptTokens + _input.AnswerTokens ? Rows * (long)Columns * Columns * e : 0;
        // The backward pass of a layer makes gradients of its matrices before they are added up.
        var matrices = _input.Full ? LayerParameters() * 4 : 0;
        var head = HeadBytes(out var held);
        var embedding = !_input.AttachInputs ? 0
            : held + (positions * Math.Max(1, _input.Slots) + m.VocabularySize) * m.HiddenSize * 4;
        AddBackward(
            Phase.Update, positions, e, positions * (KeptNumbers(_input) * e + AdapterBytes()), mask, matrices, head, held,
            embedding);
    }

    /// <summary>
    /// An update through fused passes: prompts once for their group, nothing filled up, every number in memory of our own.
    /// </summary>
    private void AddFused()
    {
        var m = _input.Model;
        var micro = (int)Math.Min(_input.MicroBatch, Math.Max(1, (long)_input.Rollouts * _input.Iterations / _input.UpdatesPerStep));
        var memory = FusedMemory.Of(
            m, Packed(micro, _input.GroupSize, _input.PromptTokens, _input.AnswerTokens), _input.FusedHalf,
            _input.GradientCheckpointing, _input.Threads);
        Add(
            $"weights for products ({(_input.FusedHalf ? "bfloat16" : "float32")}, both ways)",
            memory.Weights * (_input.Reference ? 3 : 2) / 2, Phase.Always); // a frozen reference has no way back
        Add("activations (packed)", memory.Activations, Phase.Steps); // kept for the next step
        Add("workers' own room", memory.Workspaces, Phase.Always);
        // Rows of the head at stored tokens, gathered by chunks with their products; a plain token's chunks are the workers' own.
        var steps = micro * (long)_input.AnswerTokens;
        var gathered = _input.Slots == 0 ? 0 : m.VocabularySize <= SmallVocabulary
            ? 3 * steps * m.VocabularySize * 4
            : 3 * Math.Min(SupportChunk, steps * _input.Slots * m.HiddenSize) * 4;
        var head = gathered + (_input.WholeVocabulary ? Math.Min(HeadChunk, steps * m.VocabularySize * 4) * 5 : 0);
        // Inputs, hidden states and their gradients as tensors; the rows of soft inputs before they are mixed.
        long positions = ((micro + _input.GroupSize - 1) / _input.GroupSize * (long)_input.PromptTokens)
            + (micro * (long)(_input.AnswerTokens - 1));
        var rows = positions * m.HiddenSize * 4;
        var embedding = _input.AttachInputs ? (long)m.VocabularySize * m.HiddenSize * 4 : 0;
        Add("working memory of the update", (rows * (4 + Math.Max(1, _input.Slots))) + head + embedding, Phase.Update);
    }

    private static PackedLayout Packed(int rollouts, int groupSize, int prompt, int answer) => PackedLayout.Of(
        Enumerable.Range(0, rollouts).Chunk(groupSize).Select(group => (prompt, group.Select(_ => answer - 1))));

    /// <summary>
    /// A supervised update: the model itself in single precision, all lessons at once, logits of all targets whole. No adapter,
    /// reference or rollout copy is there yet.
    /// </summary>
    private void AddWarmStart(WarmStartInput warm)
    {
        var m = _input.Model;
        long positions = (long)warm.Batch * warm.Positions, targets = (long)warm.Batch * warm.Targets;
        long table = (long)m.VocabularySize * m.HiddenSize * 4;
        if (_input.Fused)
        {
            var packed = warm.Packed;
            var memory = FusedMemory.Of(m, packed, _input.FusedHalf, _input.GradientCheckpointing, _input.Threads);
            Add("activations (packed)", memory.Activations, Phase.WarmStart);
            Add("working memory of backward", (3 * targets * m.VocabularySize * 4) + (2 * table)
                + (packed.Tokens * (long)m.HiddenSize * 4 * (4 + warm.Width)), Phase.WarmStart);
            return;
        }
        // Log-probabilities, their gradient and that of the logits; a tied table's gradient waits for the embedding's.
        var head = 3 * targets * m.VocabularySize * 4 + table;
        var held = m.TiedHead ? table : 0;
        var embedding = held + positions * warm.Width * m.HiddenSize * 4 + table;
        AddBackward(
            Phase.WarmStart, positions, 4, positions * KeptNumbers(_input) * 4, mask: 0, LayerParameters() * 4, head, held,
            embedding);
    }

    /// <summary>Activations, what stands beside them at the worst moment of the backward pass, and what the heap loses.</summary>
    /// <param name="phase">When.</param>
    /// <param name="positions">Positions of the batch.</param>
    /// <param name="e">Bytes of a number.</param>
    /// <param name="layer">Bytes that a layer keeps.</param>
    /// <param name="mask">Bytes of the mask that all layers share.</param>
    /// <param name="matrices">Bytes of a layer's gradients.</param>
    /// <param name="head">Bytes that the output head takes.</param>
    /// <param name="held">What of it lasts to the end.</param>
    /// <param name="embedding">Bytes that the embedding's gradient takes at the end; 0 for none.</param>
    private void AddBackward(
        Phase phase, long positions, long e, long layer, long mask, long matrices, long head, long held, long embedding)
    {
        var m = _input.Model;
        var input = positions * m.HiddenSize * e;
        // Gradients of the feed-forward's inside (the two halves are filled up to the whole and added), of the residual stream,
        // and of the layer's matrices.
        var passing = positions * (8L * m.IntermediateSize + 4L * m.HiddenSize) * e + matrices;
        if (_input.GradientCheckpointing)
        {
            Add("activations (layers' inputs)", m.Layers * input + 3 * input + mask, phase);
            Add("working memory of backward",
                Math.Max(Math.Max(head, held + layer + passing), embedding - m.Layers * input), phase);
            AddGaps(phase, input);
        }
        else
        {
            Add("activations (all layers)", m.Layers * layer + 3 * input + mask, phase);
            Add("working memory of backward",
                Math.Max(Math.Max(head, held + passing - layer), embedding - m.Layers * layer), phase);
            Add("gaps in the heap", m.Layers * HoleBytes(positions * e), phase);
        }
    }

    /// <summary>
    /// What a layer's forward pass frees between blocks that it keeps. libtorch asks for aligned blocks, and glibc before 2.38
    /// never gives such a block the place that one of the same size has left, because it looks for the alignment's worth more:
    /// these places stay empty, and resident, until the blocks around them go. Blocks of the machine's own leave none.
    /// </summary>
    /// <param name="unit">Bytes of one number at every position.</param>
    private long HoleBytes(long unit)
    {
        var m = _input.Model;
        long d = m.HiddenSize, heads = (m.Heads + m.KeyValueHeads) * (long)m.HeadSize;
        return 2 * Hole(d)                            // squares, in two norms
            + 2 * Hole(d)                             // what two maps add to the residual stream
            + 4 * Hole(heads / 2)                     // halves of queries and keys on their way to being turned
            + (m.QkNorm ? 2 * Hole(heads) : 0);       // their squares, and the two as one

        long Hole(long numbers) => numbers * unit < OwnBlock ? numbers * unit : 0;
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
        long steps = (long)Math.Min(_input.MicroBatch, _input.Rollouts) * _input.AnswerTokens, e = _input.ElementBytes;
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
