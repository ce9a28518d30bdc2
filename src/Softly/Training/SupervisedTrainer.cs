using Softly.Models;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>How a warm start is taught.</summary>
public sealed record SupervisedOptions
{
    /// <summary>Updates.</summary>
    public int Steps { get; init; } = 500;

    /// <summary>Lessons an update. Of lessons that are drawn together those that find no place are left out.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>As in <see cref="TrainingOptions.GradientCheckpointing"/>.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Updates of warm-up.</summary>
    public int WarmupSteps { get; init; } = 20;

    /// <summary>What follows warm-up.</summary>
    public Schedule Schedule { get; init; } = Schedule.Cosine;

    /// <summary>Global gradient norm is clipped to this.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// In every how-many-th batch one-hot thought inputs are softened: (1 − u) of the token and u of another, u = z²/2 with z
    /// uniform, so that the model has met mixtures before it thinks in them. Lessons that think in sets are not softened so, where
    /// a mixture of two tokens would mean the set of both; in these batches their sets get noise, where <see cref="SelfFed"/> has
    /// some. 0 for never. Default 2.
    /// </summary>
    public int SoftenEvery { get; init; } = 2;

    /// <summary>How the model is fed its own thoughts, and noise on sets; null (the default) for neither.</summary>
    public SelfFeeding? SelfFed { get; init; }

    /// <summary>Of all randomness.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// Supervised warm start: soft cross entropy of the wanted distributions, −Σₖ wₖ log p(idₖ), averaged over the batch's positions.
/// Targets may be single tokens or sets, thought inputs plain, softened or given mixtures, so a model can be taught to carry a
/// set in one thought.
/// </summary>
/// <param name="model">What is taught, in place.</param>
/// <param name="options">How.</param>
/// <exception cref="ArgumentException">The options cannot work.</exception>
public sealed class SupervisedTrainer(Decoder model, SupervisedOptions options)
{
    private readonly SelfFeeding? _own = options.SelfFed?.Problems().FirstOrDefault() is { } problem
        ? throw new ArgumentException(problem, nameof(options))
        : options.SelfFed;

    /// <summary>Teaches from lessons as they are drawn.</summary>
    /// <param name="draw">
    /// Fresh lessons from a generator of its own: one, or several that begin alike (questions about one graph), which share what
    /// they begin with.
    /// </param>
    /// <param name="report">Called after every update with its number and loss.</param>
    /// <param name="cancel">Stops after the current update.</param>
    /// <returns>The loss of the last update; NaN where there was none.</returns>
    /// <exception cref="ArgumentException">A lesson cannot be taught; the message names its problem.</exception>
    public double Run(
        Func<Random, IReadOnlyList<Lesson>> draw, Action<int, double>? report = null, CancellationToken cancel = default)
    {
        model.Recomputes = options.GradientCheckpointing;
        using var optimizer = new FusedAdamW(model.Parameters);
        var update = new Update(
            model.Parameters, optimizer,
            new LearningRate(options.LearningRate, options.WarmupSteps, options.Steps, options.Schedule),
            options.MaxGradientNorm);
        var random = new Random((int)(CounterNoise.Mix(options.Seed, 0) >> 33));
        var last = double.NaN;
        for (var step = 0; step < options.Steps && !cancel.IsCancellationRequested; step++)
        {
            using var scope = NewDisposeScope();
            var lessons = new List<Lesson>();
            while (lessons.Count < options.Batch)
            {
                var drawn = draw(random);
                if (drawn.Count == 0) throw new ArgumentException("no lesson was drawn: expected one at least", nameof(draw));
                lessons.AddRange(drawn.Take(options.Batch - lessons.Count));
            }
            var soften = options.SoftenEvery > 0 && step % options.SoftenEvery == 1 % options.SoftenEvery ? random : null;
            var selfFeed = _own is not null && step >= _own.After * options.Steps ? random : null;
            var loss = Loss(lessons, soften, selfFeed);
            loss.backward();
            update.Apply();
            last = loss.detach().to(ScalarType.Float64).cpu().data<double>()[0];
            report?.Invoke(step + 1, last);
        }
        return last;
    }

    /// <summary>The mean soft cross entropy of lessons over the positions that have a target, a scalar with gradient.</summary>
    /// <param name="lessons">A batch.</param>
    /// <param name="soften">
    /// Softens one-hot thought inputs, and puts noise on sets, with this generator; null leaves all inputs as given.
    /// </param>
    /// <param name="selfFeed">
    /// Decides with this generator whether the model is fed its own thoughts, and how many of each lesson; null for not.
    /// </param>
    /// <exception cref="ArgumentException">A lesson cannot be taught; the message names its problem.</exception>
    public Tensor Loss(IReadOnlyList<Lesson> lessons, Random? soften = null, Random? selfFeed = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lessons.Count);
        foreach (var lesson in lessons) lesson.Check(model.Config.MaxPositions);
        using var scope = NewDisposeScope();
        var noise = _own is not null && (selfFeed ?? soften) is { } draws ? _own.Noise * draws.NextDouble() : 0;
        var inputs = lessons.Select(l => Fed(l, noise, soften)).ToArray();
        var reads = _own is not null && selfFeed is not null && selfFeed.NextDouble() < _own.Share;
        var batch = new LessonBatch(
            lessons, inputs, packed: model.Fused is not null,
            leastWidth: reads ? _own!.Thinking.Width(model.Config.VocabularySize) : 1);
        if (reads && batch.Deepest > 0)
            _own!.Feed(model, batch, depth: 1 + selfFeed!.Next(batch.Deepest), noise, selfFeed);

        var wide = lessons.Max(l => l.Targets.Max(m => m.Ids.Length));
        List<long> at = [], targetIds = [];
        List<float> targetWeights = [];
        for (var lesson = 0; lesson < lessons.Count; lesson++)
            for (var i = 0; i < lessons[lesson].Targets.Count; i++)
            {
                var target = lessons[lesson].Targets[i];
                if (target.Ids.Length == 0) continue;
                at.Add(batch.At(lesson, lessons[lesson].Prompt.Rows.Count + i - 1));
                for (var j = 0; j < wide; j++)
                {
                    targetIds.Add(j < target.Ids.Length ? target.Ids[j] : 0);
                    targetWeights.Add(j < target.Ids.Length ? target.Weights[j] : 0);
                }
            }
        var device = model.Device;
        var hidden = batch.Forward(model).index_select(0, Scalars.Upload(at.ToArray(), device, at.Count)); // (M, D)
        var logP = nn.functional.linear(hidden, model.Head).log_softmax(-1)
            .gather(1, Scalars.Upload(targetIds.ToArray(), device, at.Count, wide)); // (M, W)
        return logP.mul(Scalars.Upload(targetWeights.ToArray(), device, at.Count, wide).to(logP.dtype)).sum(1).mean().neg()
            .MoveToOuterDisposeScope();
    }

    /// <summary>What a lesson is fed after its prompt, without the last.</summary>
    private MixtureRow[] Fed(Lesson lesson, double noise, Random? soften)
    {
        var inputs = lesson.Inputs.Take(lesson.Inputs.Count - 1).ToArray();
        if (soften is null) return inputs;
        var sets = lesson.ThinksInSets;
        for (var i = 0; i < inputs.Length; i++)
        {
            if (!lesson.IsThought[i]) continue;
            if (inputs[i].Ids.Length > 1 && noise > 0)
                inputs[i] = new MixtureRow(
                    inputs[i].Ids, _own!.Mixture([.. inputs[i].Weights.Select(w => Math.Log(w))], noise, soften));
            else if (inputs[i].Ids.Length == 1 && !sets) inputs[i] = Softened(inputs[i].Ids[0], soften);
        }
        return inputs;
    }

    private MixtureRow Softened(int token, Random random)
    {
        var z = random.NextDouble();
        var share = (float)(z * z / 2);
        return new MixtureRow([token, random.Next(model.Config.VocabularySize)], [1 - share, share]);
    }
}
