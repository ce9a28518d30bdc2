using Softly.Models;

namespace Softly.Cli.Planning;

/// <summary>Sizes of a supervised warm start.</summary>
/// <param name="Batch">Lessons an update, all of which go through the model together.</param>
/// <param name="Positions">The longest lesson, its prompt included.</param>
/// <param name="Targets">Predicted positions of a lesson, on average.</param>
/// <param name="Width">Tokens mixed at a position.</param>
internal sealed record WarmStartInput(int Batch, int Positions, int Targets, int Width)
{
    /// <summary>Lessons that begin alike, side by side.</summary>
    public int Family { get; init; } = 1;

    /// <summary>Positions at the beginning that these have in common; packed lessons have them once.</summary>
    public int Shared { get; init; }

    /// <summary>The lessons of an update, packed.</summary>
    public PackedLayout Packed => PackedLayout.Of(Enumerable.Range(0, Batch).Chunk(Shared > 0 ? Family : 1).Select(lessons =>
        lessons.Length > 1
            ? (Shared, lessons.Select(_ => Positions - Shared))
            : (Positions, Enumerable.Empty<int>())));
}

/// <summary>What memory and time of a run follow from: sizes, and nothing that must be loaded to know.</summary>
internal sealed record PlanInput
{
    /// <summary>The model's shape.</summary>
    public required DecoderConfig Model { get; init; }

    /// <summary>Tokens of the longest prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>The most tokens a completion may have: the plan is for rollouts that all reach it.</summary>
    public required int CompletionTokens { get; init; }

    /// <summary>Tokens of a rollout that the update has to deal with; the limit where nothing better is known.</summary>
    public int AnswerTokens
    {
        get => field > 0 ? field : CompletionTokens;
        init;
    }

    /// <summary>P: problems a step.</summary>
    public required int PromptsPerStep { get; init; }

    /// <summary>G: rollouts a problem.</summary>
    public required int GroupSize { get; init; }

    /// <summary>Rollouts that go through the model together in the update.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>The most rows that decode side by side.</summary>
    public required int RolloutRows { get; init; }

    /// <summary>Held-out problems of an evaluation; 0 for none.</summary>
    public int EvaluationProblems { get; init; }

    /// <summary>Answers to each of them.</summary>
    public int EvaluationSamples { get; init; }

    /// <summary>Updates of a step: mini-batches times passes.</summary>
    public int UpdatesPerStep { get; init; } = 1;

    /// <summary>Passes over a step's rollouts.</summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Old log-densities are computed in a pass of their own.</summary>
    public bool RecomputesOld { get; init; }

    /// <summary>Layers are computed again in backward.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The rollouts' and the reference's weights are in half precision, an adapter's base too.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>The vector kernels decode; their keys and values are single precision.</summary>
    public bool Simd { get; init; }

    /// <summary>The next rollouts are drawn beside the update, with weights of their own.</summary>
    public bool Overlaps { get; init; }

    /// <summary>The update goes through fused passes.</summary>
    public bool Fused { get; init; }

    /// <summary>These multiply in bfloat16.</summary>
    public bool FusedHalf { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Numbers of the adapter that is trained; 0 where the model itself is.</summary>
    public long AdapterParameters { get; init; }

    /// <summary>Ranks of a layer's changed maps, added up.</summary>
    public int AdapterRanks { get; init; }

    /// <summary>Inputs of a layer's changed matrices, added up: what dropout and half precision make copies of.</summary>
    public int AdapterInputs { get; init; }

    /// <summary>The adapter drops inputs.</summary>
    public bool AdapterDrops { get; init; }

    /// <summary>
    /// How often the frozen start reads every rollout in an update: once for its log-densities, and once more for what is taken
    /// over the whole vocabulary; 0 where there is none.
    /// </summary>
    public int ReferencePasses { get; init; }

    /// <summary>The frozen start is read in every update.</summary>
    public bool Reference => ReferencePasses > 0;

    /// <summary>K: tokens a thought, or a choice among kept tokens, is stored with; 0 where nothing is.</summary>
    public int Slots { get; init; }

    /// <summary>Thoughts are soft.</summary>
    public bool Thinks { get; init; }

    /// <summary>A temperature other than 1 in thinking.</summary>
    public bool TemperedThoughts { get; init; }

    /// <summary>Answers are drawn from, and scored on, kept sets.</summary>
    public bool StoredAnswers { get; init; }

    /// <summary>Answers keep every token, so that nothing is filtered.</summary>
    public bool WholeAnswers { get; init; }

    /// <summary>The loss reads entropies, whole divergences or anchors over the vocabulary.</summary>
    public bool WholeVocabulary { get; init; }

    /// <summary>Gradients flow into the inputs.</summary>
    public bool AttachInputs { get; init; }

    /// <summary>Supervised updates before; null for none.</summary>
    public WarmStartInput? WarmStart { get; init; }

    /// <summary>N: rollouts a step.</summary>
    public int Rollouts => PromptsPerStep * GroupSize;

    /// <summary>Numbers of the model's parameters.</summary>
    public long Parameters => Softly.Models.Weights.ParameterLayout.Of(Model).TotalElements;

    /// <summary>What the optimizer updates.</summary>
    public long Trained => AdapterParameters > 0 ? AdapterParameters : Parameters;

    /// <summary>The model itself is trained, in single precision.</summary>
    public bool Full => AdapterParameters == 0;

    /// <summary>Bytes of a number in the forward pass that is trained.</summary>
    public int ElementBytes => HalfPrecision && !Full ? 2 : 4;

    /// <summary>Bytes of a number in rollouts.</summary>
    public int RolloutBytes => HalfPrecision ? 2 : 4;
}
