using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>A worked solution in tokens: for every position the wanted distribution and what is fed for it.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Targets">L positions: what the model should say, weights summing to 1; empty where nothing is asked.</param>
/// <param name="Inputs">L positions: what is fed when the next one is predicted.</param>
/// <param name="IsThought">L: whether a position is a thought, whose input may be softened.</param>
public sealed record Lesson(
    Prompt Prompt, IReadOnlyList<MixtureRow> Targets, IReadOnlyList<MixtureRow> Inputs, IReadOnlyList<bool> IsThought);

/// <summary>How a warm start is taught.</summary>
public sealed record SupervisedOptions
{
    /// <summary>Updates.</summary>
    public int Steps { get; init; } = 500;

    /// <summary>Lessons an update.</summary>
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
    /// uniform, so that the model has met mixtures before it thinks in them. 0 for never. Default 2.
    /// </summary>
    public int SoftenEvery { get; init; } = 2;

    /// <summary>How the model is fed its own thoughts, and noise on sets; null for neither.</summary>
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
public sealed class SupervisedTrainer(Decoder model, SupervisedOptions options)
{
    /// <summary>Teaches from lessons as they are drawn.</summary>
    /// <param name="draw">
    /// Fresh lessons from a generator of its own: one, or several that begin alike (questions about one graph), which share what
    /// they begin with.
    /// </param>
    /// <param name="report">Called after every update with its number and loss.</param>
    /// <param name="cancel">Stops after the current update.</param>
    /// <returns>The loss of the last update.</returns>
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
            while (lessons.Count < options.Batch) lessons.AddRange(draw(random).Take(options.Batch - lessons.Count));
            var soften = options.SoftenEvery > 0 && step % options.SoftenEvery == 1 % options.SoftenEvery ? random : null;
            var loss = Loss(lessons, soften, step >= options.SelfFed?.After * options.Steps ? random : null);
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
    /// <param name="selfFeed">Decides with this generator whether the model is fed its own thoughts; null for not.</param>
    public Tensor Loss(IReadOnlyList<Lesson> lessons, Random? soften = null, Random? selfFeed = null)
    {
        using var scope = NewDisposeScope();
        var noise = options.SelfFed is { } own ? own.Noise * (selfFeed ?? soften)?.NextDouble() ?? 0 : 0;
        var batch = new LessonBatch(
            lessons,
            [
                .. lessons.Select(l => l.Inputs.Take(l.Inputs.Count - 1)
                    .Select((m, i) => soften is not null && l.IsThought[i] ? Soften(m, noise, soften) : m).ToArray())
            ],
            packed: model.Fused is not null, model.Config.MaxPositions,
            selfFeed is null ? 1 : options.SelfFed!.Thinking.Width(model.Config.VocabularySize));
        if (selfFeed is not null && selfFeed.NextDouble() < options.SelfFed!.Share)
        {
            var deepest = lessons.Max(l => l.IsThought.Count(x => x));
            options.SelfFed.Feed(model, batch, 1 + selfFeed.Next(Math.Max(1, deepest)), noise, selfFeed);
        }
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

    private MixtureRow Soften(MixtureRow row, double noise, Random random)
    {
        if (row.Ids.Length == 0) return row;
        if (row.Ids.Length > 1) return noise > 0 ? Noisy(row, noise, random) : row;
        var z = random.NextDouble();
        var share = (float)(z * z / 2);
        return new MixtureRow([row.Ids[0], random.Next(model.Config.VocabularySize)], [1 - share, share]);
    }

    /// <summary>A set as a rollout would feed it: softmax((log w + κ·Gumbel)/τ).</summary>
    private MixtureRow Noisy(MixtureRow row, double noise, Random random)
    {
        var values = new double[row.Ids.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (Math.Log(row.Weights[i]) - noise * Math.Log(-Math.Log(Math.Max(random.NextDouble(), 1e-12))))
                / options.SelfFed!.Tau;
        var largest = values.Max();
        var total = values.Sum(v => Math.Exp(v - largest));
        return new MixtureRow(row.Ids, [.. values.Select(v => (float)(Math.Exp(v - largest) / total))]);
    }
}
