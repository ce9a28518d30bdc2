using Softly.Algorithms;
using Softly.Algorithms.Terms;

namespace Softly.Tests.Algorithms;

/// <summary>
/// The loss in slow loops over plain numbers, written from the formulas and not from the library. What carries no gradient is
/// computed from a second, frozen copy of the log-densities, so that a difference quotient of the first copy is the gradient.
/// </summary>
internal static class Oracle
{
    public static double Loss(LossOptions o, RandomSteps now, RandomSteps frozen, int most)
    {
        long steps = now.Count;
        int rollouts = now.Members.Count;
        var least = double.NegativeInfinity;
        if (o.TopEntropyShare < 1)
        {
            var sorted = now.Members.SelectMany(m => m.Steps.Select(s => s.Entropy)).OrderBy(e => e).ToList();
            var place = (1 - o.TopEntropyShare) * (sorted.Count - 1);
            int k = (int)place;
            least = k + 1 < sorted.Count ? sorted[k] * (k + 1 - place) + sorted[k + 1] * (place - k) : sorted[k];
        }
        var total = 0.0;
        for (var i = 0; i < rollouts; i++)
        {
            var (x, z) = (now.Members[i], frozen.Members[i]);
            var n = x.Steps.Length;
            if (n == 0) continue;
            var a = x.Advantage;

            // Of the whole rollout, from the frozen copy.
            double meanRatio = 0, sumRatio = 0, drift = 0, sumGap = 0;
            for (var t = 0; t < n; t++)
            {
                var d = LogP(z.Steps[t], z.Steps[t].Now) - LogP(z.Steps[t], z.Steps[t].Old);
                meanRatio += d / n;
                sumRatio += Hold(d, 20);
                drift += (z.Steps[t].Recorded - LogP(z.Steps[t], z.Steps[t].Now)) / n;
                sumGap += LogP(z.Steps[t], z.Steps[t].Old) - z.Steps[t].Recorded;
            }
            var mismatch = new double[n];
            for (var t = 0; t < n; t++)
            {
                var gap = LogP(z.Steps[t], z.Steps[t].Old) - z.Steps[t].Recorded;
                var w = Math.Exp(o.Correction is MismatchCorrection.SequenceMask or MismatchCorrection.SequenceTruncate
                    ? sumGap : gap);
                mismatch[t] = o.Correction switch
                {
                    MismatchCorrection.None => 1,
                    MismatchCorrection.TokenMask or MismatchCorrection.SequenceMask => w > o.CorrectionCap ? 0 : w,
                    _ => Math.Min(w, o.CorrectionCap),
                };
            }
            var phi = 0.0;
            if (o.Surrogate == Surrogate.Vespo)
            {
                var log = sumRatio;
                if (o.Correction != MismatchCorrection.None)
                    for (var t = 0; t < n; t++)
                        log += mismatch[t] <= 0 ? Math.Log(1e-8) : Math.Max(Math.Log(mismatch[t]), Math.Log(1e-8));
                log = Math.Min(20, Math.Max(Math.Log(1e-8), log));
                var shape = a >= 0 ? o.VespoPositive : o.VespoNegative;
                phi = Math.Pow(Math.Exp(log), shape.K) * Math.Exp(shape.Lambda * (1 - Math.Exp(log)));
            }
            var geometric = 0.0; // GMPO's mean held log-ratio, with gradient
            for (var t = 0; t < n; t++)
            {
                var d = LogP(x.Steps[t], x.Steps[t].Now) - LogP(x.Steps[t], x.Steps[t].Old);
                geometric += (a > 0 ? Math.Min(d, o.EpsilonHigh) : a < 0 ? Math.Max(d, -o.EpsilonLow) : 0) / n;
            }
            var geometricWeight = 1.0;
            for (var t = 0; t < n; t++) geometricWeight *= Math.Pow(Math.Max(1e-10, mismatch[t]), 1.0 / n);

            for (var t = 0; t < n; t++)
            {
                var (s, f) = (x.Steps[t], z.Steps[t]);
                double logP = LogP(s, s.Now), old = LogP(s, s.Old), frozenLogP = LogP(f, f.Now);
                double policy;
                if (o.Surrogate == Surrogate.GeometricMean) policy = -a * Math.Exp(geometric);
                else if (o.Surrogate == Surrogate.Vespo) policy = -phi * a * logP;
                else if (o.Level == RatioLevel.Component)
                {
                    policy = 0;
                    for (var c = 0; c < s.Counts.Length; c++)
                        if (s.Counts[c] > 0)
                            policy += s.Counts[c] * One(o, s.Now[c], f.Now[c], s.Now[c] - s.Old[c], f.Now[c] - s.Old[c], a);
                }
                else if (o.Level == RatioLevel.Sequence)
                    policy = One(o, logP, frozenLogP, meanRatio + logP - frozenLogP, meanRatio, a);
                else policy = One(o, logP, frozenLogP, logP - old, frozenLogP - old, a);

                if (o.OffPolicyThreshold is { } threshold && a < 0 && drift > threshold) policy = 0;
                if (s.Entropy < least) policy = 0;
                if (o.Surrogate == Surrogate.GeometricMean) policy *= geometricWeight;
                else if (o.Surrogate != Surrogate.Vespo) policy *= mismatch[t];

                var loss = policy - o.EntropyCoefficient * s.Entropy + o.Anchor * s.Anchor;
                if (o.Beta != 0)
                {
                    var delta = logP - s.Reference;
                    var kl = o.Kl switch
                    {
                        KlEstimator.K1 => delta,
                        KlEstimator.Abs => Math.Abs(delta),
                        KlEstimator.K2 => delta * delta / 2,
                        KlEstimator.K3 => Math.Exp(-delta) + delta - 1,
                        _ => s.Divergence,
                    };
                    if (o.CorrectKlBias)
                        kl *= Math.Exp(Hold(o.Level == RatioLevel.Sequence ? meanRatio + logP - frozenLogP : logP - old,
                            o.LogRatioLimit));
                    loss += o.Beta * kl;
                }
                total += loss * o.Aggregation switch
                {
                    Aggregation.TokenMean => 1.0 / steps,
                    Aggregation.SequenceMean => 1.0 / n / rollouts,
                    Aggregation.SequenceSum => 1.0 / rollouts,
                    _ => 1.0 / rollouts / (o.ConstantLength ?? most),
                };
            }
        }
        return total;
    }

    /// <summary>The surrogate of one ratio.</summary>
    private static double One(LossOptions o, double logP, double frozenLogP, double logRatio, double frozenLogRatio, double a)
    {
        var r = Math.Exp(Hold(logRatio, o.LogRatioLimit));
        var sg = Math.Exp(Hold(frozenLogRatio, o.LogRatioLimit));
        switch (o.Surrogate)
        {
            case Surrogate.Clip:
                if (a > 0) return -a * Math.Min(r, 1 + o.EpsilonHigh);
                var gain = a * Math.Max(r, 1 - o.EpsilonLow);
                return -(o.DualClip is { } dual && r > dual ? a * dual : gain);
            case Surrogate.Cispo: return -Math.Min(sg, o.EpsilonHigh) * a * logP;
            case Surrogate.CispoBand: return -Math.Min(1 + o.EpsilonHigh, Math.Max(1 - o.EpsilonLow, sg)) * a * logP;
            case Surrogate.Sapo:
                var tau = a > 0 ? o.SapoPositive : o.SapoNegative;
                return -a * 4 / tau / (1 + Math.Exp(-tau * (r - 1)));
            case Surrogate.Reinforce: return -a * logP;
            default: throw new NotSupportedException(o.Surrogate.ToString());
        }
    }

    private static double Hold(double x, double limit) => x > limit ? limit : x < -limit ? -limit : x;

    private static double LogP(RandomSteps.Step s, double[] x)
    {
        var sum = 0.0;
        for (var c = 0; c < x.Length; c++) sum += s.Counts[c] * x[c];
        return sum;
    }
}
