using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;

namespace Softly.Generation;

/// <summary>
/// Draws one step of one row from its logits, without tensors: the row form of <see cref="SupportFilter"/>, of the laws, and of
/// <see cref="Categorical.Invert"/>. Noise is made for the kept tokens only, and nothing is allocated. One instance per thread.
/// </summary>
/// <param name="rules">How steps are drawn, and what ends them.</param>
/// <param name="vocabulary">V.</param>
/// <param name="hidden">D: width of the embedding.</param>
/// <param name="seed">Of all randomness.</param>
/// <param name="lanes">Width of the vectors.</param>
internal sealed unsafe class RowSampler(StepRules rules, int vocabulary, int hidden, ulong seed, int lanes)
{
    /// <summary>Where the support is a share of the mass: how many tokens are looked at first.</summary>
    private const int FirstLook = 64;

    private static readonly Categorical Plain = new();

    private readonly SamplingOptions _sampling = rules.Sampling;
    private readonly VocabularyScan _scan = VocabularyScan.Create(lanes);
    private ulong[] _keys = new ulong[FirstLook];
    private float[] _scaled = new float[FirstLook], _logP = [];
    private double[] _uniforms = [];

    /// <summary>Draws a row's next step.</summary>
    /// <param name="row">Whose.</param>
    /// <param name="logits">V.</param>
    /// <param name="place">Where its slots are stored, if the step has any: all closed.</param>
    public Step Draw(BatchRow row, float* logits, in StepStore.Place place) => row.Thinking
        ? Thought(row, logits, place)
        : _sampling.Answer.IsStored ? Chosen(row, logits, place) : Token(row, logits);

    private Step Thought(BatchRow row, float* logits, in StepStore.Place place)
    {
        var (law, filter) = (_sampling.Law!, _sampling.Thinking);
        var scale = Measure(logits, filter.Temperature);
        var thought = Open(place, filter, logits, scale, row.Sample);
        var kept = thought.Count;
        var slot = law.DrawRow(thought, Uniforms(row, law.UniformCount(thought.Ids.Length, hidden)));
        var (token, entropy) = ((int)thought.Ids[slot], (float)_scan.Entropy);

        if (IsOverdue(row, entropy))
            return new Step(StepKind.Forced, _sampling.ThinkEnd.Token!.Value, default, filter.Temperature, 0, entropy, 1);
        if (!law.ThinksBlank && rules.Closing.Contains(token))
            return law.Draws(row.Sample)
                ? Ending(logits, token, entropy, law.WinnerScale(row.Sample))
                : new Step(StepKind.Forced, token, default, filter.Temperature, 0, entropy, 1);

        var mass = 0f;
        for (var i = 0; i < thought.Ids.Length; i++)
            if (thought.Kept[i]) mass += MathF.Exp(LogP(logits, (int)thought.Ids[i], scale));
        // Renormalised again only where the law has closed slots opened.
        var density = !law.CanTrain ? 0
            : law.LogDensityRow(thought, thought.Count == kept ? thought.LogP : Renormalized(thought, logits, scale));
        return new Step(StepKind.Soft, token, place.Stored(), filter.Temperature, (float)density, entropy, mass);
    }

    /// <summary>
    /// A thought whose winner ends thinking, or the text: a plain token, scored on the whole vocabulary by what the winner
    /// follows.
    /// </summary>
    private Step Ending(float* logits, int token, float entropy, double winnerScale)
    {
        var temperature = _sampling.Thinking.Temperature * winnerScale;
        var logP = LogP(logits, token, Measure(logits, temperature));
        return new Step(StepKind.Hard, token, default, temperature, logP, entropy, 1) { WinnerScale = winnerScale };
    }

    /// <summary>A token from a kept set that is stored.</summary>
    private Step Chosen(BatchRow row, float* logits, in StepStore.Place place)
    {
        var filter = _sampling.Answer;
        var choice = Open(place, filter, logits, Measure(logits, filter.Temperature), row.Sample);
        var slot = Plain.DrawRow(choice, Uniforms(row, choice.Ids.Length));
        return new Step(
            StepKind.HardOnSupport, (int)choice.Ids[slot], place.Stored(), filter.Temperature, choice.LogP[slot],
            (float)_scan.Entropy, 1);
    }

    /// <summary>A token from the whole vocabulary, or from a kept set too large to store.</summary>
    private Step Token(BatchRow row, float* logits)
    {
        var filter = _sampling.Answer;
        var scale = Measure(logits, filter.Temperature);
        var share = Math.Min((float)Uniforms(row, 1)[0], Categorical.LargestShare);
        var token = filter.KeepsAll ? _scan.Invert(logits, vocabulary, scale, share) : InvertKept(logits, filter, scale, share);
        return new Step(
            StepKind.Hard, token, default, filter.Temperature, LogP(logits, token, scale), (float)_scan.Entropy, 1);
    }

    private float Measure(float* logits, double temperature)
    {
        var scale = temperature == 1 ? 1 : (float)(1 / temperature);
        _scan.Measure(logits, vocabulary, scale);
        return scale;
    }

    /// <summary>Log-probability of a token over the whole vocabulary.</summary>
    private float LogP(float* logits, int token, float scale) =>
        (float)(((logits[token] - _scan.Top) * (double)scale) - Math.Log(_scan.Sum));

    private bool IsOverdue(BatchRow row, float entropy) =>
        (_sampling.ThinkLength > 0 && row.Thoughts >= _sampling.ThinkLength)
        || (_sampling.ColdStop is { } stop && row.SureWith(entropy, stop) >= stop.Length);

    private ReadOnlySpan<double> Uniforms(BatchRow row, int count)
    {
        if (_uniforms.Length < count) _uniforms = new double[count];
        var numbers = _uniforms.AsSpan(0, count);
        CounterNoise.Uniforms(seed, row.Group.Problem, row.Sample, row.Position, numbers);
        return numbers;
    }

    /// <summary>Writes a support into a step's slots: the row form of <see cref="SupportFilter.Apply"/>.</summary>
    private ThoughtRow Open(in StepStore.Place place, SupportFilter filter, float* logits, float scale, int member)
    {
        var width = filter.Width(vocabulary);
        var thought = new ThoughtRow(
            place.Ids.AsSpan(place.Start, width), place.Kept.AsSpan(place.Start, width), place.LogP.AsSpan(place.Start, width),
            place.Values.AsSpan(place.Start, width), place.Weights.AsSpan(place.Start, width)) { Member = member };
        var (count, candidates) = (Support(logits, filter, scale), filter.Candidates(vocabulary));
        for (var i = 0; i < width; i++)
        {
            thought.Ids[i] = i < candidates ? VocabularyScan.Index(_keys[i]) : 0;
            thought.Kept[i] = i < count;
            thought.LogP[i] = i < count ? _scaled[i] : float.NegativeInfinity;
        }
        RowMath.LogSoftmax(thought.LogP);
        // Slots beyond this filter's stay closed.
        place.LogP.AsSpan(place.Start + width, place.Slots - width).Fill(float.NegativeInfinity);
        place.Values.AsSpan(place.Start + width, place.Slots - width).Fill(float.NegativeInfinity);
        return thought;
    }

    /// <summary>Finds the kept tokens: their keys, and their logits over the temperature, by falling logit.</summary>
    /// <returns>How many are kept, at most the filter's width.</returns>
    private int Support(float* logits, SupportFilter filter, float scale)
    {
        var (candidates, width) = (filter.Candidates(vocabulary), filter.Width(vocabulary));
        // The mass of candidates is needed by top-p only; that of all is known.
        var most = filter.TopP >= 1 || candidates == vocabulary ? Math.Min(candidates, width) : candidates;
        var look = width <= SupportFilter.LargestStored ? most : Math.Min(most, FirstLook);
        while (true)
        {
            if (_keys.Length < look) (_keys, _scaled) = (new ulong[look], new float[look]);
            _scan.Select(logits, vocabulary, _keys.AsSpan(0, look));
            for (var i = 0; i < look; i++) _scaled[i] = logits[VocabularyScan.Index(_keys[i])] * scale;
            var count = filter.Keep(_scaled.AsSpan(0, look), candidates == vocabulary ? _scan.Sum : Total(look));
            if (count < look || look == most) return Math.Min(count, width);
            look = (int)Math.Min(most, 8L * look);
        }
    }

    private double Total(int count)
    {
        var total = 0.0;
        for (var i = 0; i < count; i++) total += MathF.Exp(_scaled[i] - _scaled[0]);
        return total;
    }

    private ReadOnlySpan<float> Renormalized(in ThoughtRow thought, float* logits, float scale)
    {
        if (_logP.Length < thought.Ids.Length) _logP = new float[thought.Ids.Length];
        var logP = _logP.AsSpan(0, thought.Ids.Length);
        for (var i = 0; i < logP.Length; i++)
            logP[i] = thought.Kept[i] ? logits[thought.Ids[i]] * scale : float.NegativeInfinity;
        RowMath.LogSoftmax(logP);
        return logP;
    }

    /// <summary>The token at which the kept set's distribution function, in id order, passes a share.</summary>
    private int InvertKept(float* logits, SupportFilter filter, float scale, double share)
    {
        var count = Support(logits, filter, scale);
        var (top, total) = (_scaled[0], Total(count));
        for (var i = 0; i < count; i++) _keys[i] = (ulong)VocabularyScan.Index(_keys[i]);
        _keys.AsSpan(0, count).Sort();
        var mass = 0.0;
        for (var i = 0; i < count; i++)
        {
            mass += MathF.Exp((logits[_keys[i]] * scale) - top);
            if (mass > share * total) return (int)_keys[i];
        }
        return (int)_keys[count - 1];
    }
}
