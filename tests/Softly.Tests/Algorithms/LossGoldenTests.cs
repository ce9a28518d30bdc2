using System.Text.Json;
using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

/// <summary>
/// Losses, gradients and metrics as the published code, a later verl and TRL compute them: every case of three tables, through
/// the one loss that all methods are.
/// </summary>
public class LossGoldenTests
{
    /// <summary>A case with its masked steps taken out: what is left is what a batch holds.</summary>
    private sealed class Case
    {
        private readonly JsonElement _case;
        private readonly int[] _at;

        public Case(JsonElement element)
        {
            _case = element;
            Mask = element.Rows("mask");
            var flat = element.Numbers("mask");
            _at = [.. Enumerable.Range(0, flat.Length).Where(i => flat[i] > 0)];
            Lengths = [.. Mask.Select(m => (int)m.Sum())];
            What = $"{element.Text("id")} {(element.TryGetProperty("loss_type", out var t) ? t : "clip")} {element.Text("kind")}";
        }

        public double[][] Mask { get; }
        public int[] Lengths { get; }
        public string What { get; }
        public long Steps => _at.Length;
        public int Scored => Lengths.Count(l => l > 0);

        /// <summary>
        /// The unmasked numbers of an array by step, or of one by rollout laid over its steps; null where there is none.
        /// </summary>
        public double[]? Of(string name)
        {
            if (!_case.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array) return null;
            var numbers = _case.Numbers(name);
            return value[0].ValueKind == JsonValueKind.Array
                ? [.. _at.Select(i => numbers[i])]
                : [.. _at.Select(i => numbers[i / Mask[0].Length])];
        }

        public double? Number(string name) => _case.NumberOrNull(name);

        /// <summary>Runs the loss and compares it and its gradient.</summary>
        public (LossTerms Loss, Dictionary<string, double> Figures) Check(
            LossOptions options, UpdateSize size, double[]? recorded = null, double scale = 1, double? remainder = null)
        {
            using var batch = GivenBatch.Of(
                Lengths, Of("advantages")!, Of("old_log_prob")!, recorded, Of("ref_log_prob"),
                (int)(Number("max_completion_length") ?? Mask[0].Length));
            var logP = tensor(Of("log_prob")!).requires_grad_();
            var scores = new StepScores(logP) { Entropies = Of("entropies") is { } e ? tensor(e) : null };
            var loss = new PolicyGradient(options).Loss(scores, batch, size);
            var value = loss.Total.mul(scale);
            Table.Near([_case.Number("loss") - (remainder ?? 0)], value, What);
            if (_at.Length > 0)
            {
                value.backward();
                if (remainder is null) Table.Near(Of("grad_log_prob")!, logP.grad!, What + " gradient");
            }
            return (loss, loss.Names.Zip(Some.Host(loss.Report)).ToDictionary(p => p.First, p => p.Second));
        }

        public void CheckMetric(string name, double actual)
        {
            if (_case.NumberOrNull(name) is { } expected) Table.Near(1e-6, [expected], [actual], $"{What} {name}");
        }
    }

    private static (Aggregation, double? Constant) Mode(string mode) => (LossTypes.Mode(mode), null);

    [Fact]
    public void Every_clipped_loss_of_the_published_code_is_ours_with_its_gradient_and_metrics()
    {
        var seen = 0;
        foreach (var element in Table.Losses("policy_loss"))
        {
            using var scope = NewDisposeScope();
            seen++;
            var c = new Case(element);
            double low = c.Number("clip_low") ?? c.Number("clip")!.Value, high = c.Number("clip_high") ?? c.Number("clip")!.Value;
            var (aggregation, _) = Mode(element.Text("mode"));
            var options = new LossOptions
            {
                Aggregation = aggregation, EpsilonLow = low, EpsilonHigh = high, DualClip = c.Number("clip_c"),
                // verl divides by a length alone, TRL (and Dr. GRPO, for a fixed batch) by rollouts as well, as is done here.
                ConstantLength = aggregation == Aggregation.Constant ? c.Mask[0].Length : null,
            };
            var rollouts = aggregation == Aggregation.Constant ? 1 : c.Lengths.Length;
            var (_, figures) = c.Check(options, new UpdateSize(Math.Max(1, c.Steps), rollouts));
            c.CheckMetric("clip_fraction", figures["clip_ratio/low_mean"] + figures["clip_ratio/high_mean"]);
            c.CheckMetric("clip_fraction_dual", figures["clip_ratio/dual_mean"]);
            c.CheckMetric("approx_kl", -figures["log_ratio/mean"]);

            var each = ClippedRatio.Loss(
                tensor(c.Of("log_prob")!).sub(tensor(c.Of("old_log_prob")!)), tensor(c.Of("advantages")!), low, high,
                c.Number("clip_c"));
            Table.Near(c.Of("token_loss")!, each, c.What + " of each step");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen} cases, none left out");
    }

    [Fact]
    public void Every_loss_of_a_later_verl_is_ours_with_its_gradient_and_metrics()
    {
        var seen = 0;
        foreach (var element in Table.Losses("policy_loss_variants"))
        {
            using var scope = NewDisposeScope();
            seen++;
            var c = new Case(element);
            var type = element.Text("loss_type");
            var aggregation = type == "geo_mean" ? Aggregation.SequenceMean : Mode(element.Text("mode")).Item1;
            var options = new LossOptions
            {
                Surrogate = type switch
                {
                    "vanilla" or "gspo" => Surrogate.Clip,
                    "cispo" => Surrogate.CispoBand,
                    "sapo" => Surrogate.Sapo,
                    "gpg" => Surrogate.Reinforce,
                    "geo_mean" => Surrogate.GeometricMean,
                    _ => throw new NotSupportedException(type),
                },
                Level = type == "gspo" ? RatioLevel.Sequence : RatioLevel.Step,
                Aggregation = aggregation,
                ConstantLength = aggregation == Aggregation.Constant
                    ? (int)(c.Number("loss_scale_factor") ?? c.Mask[0].Length)
                    : null,
                EpsilonLow = c.Number("clip_low") ?? c.Number("clip") ?? 0.2,
                EpsilonHigh = c.Number("clip_high") ?? c.Number("clip") ?? 0.2,
                DualClip = type == "vanilla" ? c.Number("clip_c") : null,
                SapoPositive = c.Number("tau_pos") ?? 1,
                SapoNegative = c.Number("tau_neg") ?? 1,
                LogRatioLimit = 20,
                Correction = c.Of("rollout_weights") is null ? MismatchCorrection.None : MismatchCorrection.TokenTruncate,
                CorrectionCap = 1e9,
            };
            // Rollouts without a step do not count there, but in geo_mean.
            var size = new UpdateSize(
                c.Steps, type == "geo_mean" ? c.Lengths.Length : aggregation == Aggregation.Constant ? 1 : c.Scored);
            var recorded = c.Of("rollout_weights")?.Zip(c.Of("old_log_prob")!, (w, old) => old - Math.Log(w)).ToArray();
            var (_, figures) = c.Check(options, size, recorded);
            c.CheckMetric("approx_kl", -figures["log_ratio/mean"]);
            var each = type == "gspo"
                ? StepShares(c, options)
                : (figures["clip_ratio/low_mean"], figures["clip_ratio/high_mean"]);
            if (type == "geo_mean")
            {
                c.CheckMetric("clip_fraction", each.Item2);
                c.CheckMetric("clip_fraction_lower", each.Item1);
            }
            else
            {
                c.CheckMetric("clip_fraction", each.Item1 + each.Item2);
                if (figures.TryGetValue("clip_ratio/dual_mean", out var dual)) c.CheckMetric("clip_fraction_lower", dual);
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen} cases, none left out");
    }

    /// <summary>verl counts gspo's clipped rollouts once for each step; the loss reports them once, as TRL does.</summary>
    private static (double, double) StepShares(Case c, LossOptions options)
    {
        double[] now = c.Of("log_prob")!, old = c.Of("old_log_prob")!, advantages = c.Of("advantages")!;
        double low = 0, high = 0;
        var at = 0;
        foreach (var length in c.Lengths.Where(l => l > 0))
        {
            var ratio = Math.Exp(Enumerable.Range(at, length).Average(i => now[i] - old[i]));
            if (ratio < 1 - options.EpsilonLow && advantages[at] < 0) low += length;
            if (ratio > 1 + options.EpsilonHigh && advantages[at] > 0) high += length;
            at += length;
        }
        return (low / c.Steps, high / c.Steps);
    }

    /// <summary>
    /// What cannot be: luspo with a divergence averages that over the columns of padding too, so its value depends on how wide
    /// the batch was laid out. Its policy part is compared, and the rest of the loss taken off as it stands there.
    /// </summary>
    private const int Impossible = 3;

    [Fact]
    public void Every_loss_of_TRL_is_ours_with_its_gradient_and_metrics()
    {
        var (seen, partly) = (0, 0);
        foreach (var element in Table.Losses("trl_loss"))
        {
            using var scope = NewDisposeScope();
            seen++;
            var c = new Case(element);
            var type = element.Text("loss_type");
            var cispo = type == "cispo";
            var options = LossTypes.Apply(new LossOptions(), type) with
            {
                Level = element.Text("importance_sampling_level") == "sequence" ? RatioLevel.Sequence : RatioLevel.Step,
                EpsilonLow = c.Number("epsilon_low") ?? 0.2,
                EpsilonHigh = c.Number("epsilon_high") ?? 0.2,
                DualClip = c.Number("delta"),
                Beta = c.Number("beta") ?? 0,
                CorrectKlBias = element.TryGetProperty("use_bias_correction_kl", out var corrected)
                    && corrected.ValueKind == JsonValueKind.True,
                EntropyCoefficient = c.Number("entropy_coef") ?? 0,
                TopEntropyShare = c.Number("top_entropy_quantile") ?? 1,
                OffPolicyThreshold = c.Number("off_policy_mask_threshold"),
                SapoPositive = c.Number("sapo_temperature_pos") ?? 1,
                SapoNegative = c.Number("sapo_temperature_neg") ?? 1,
                VespoPositive = new(c.Number("vespo_k_pos") ?? 2, c.Number("vespo_lambda_pos") ?? 3),
                VespoNegative = new(c.Number("vespo_k_neg") ?? 3, c.Number("vespo_lambda_neg") ?? 2),
                Correction = c.Of("importance_sampling_ratio") is null ? MismatchCorrection.None
                    : MismatchCorrection.TokenTruncate,
                CorrectionCap = 1e9,
            };
            if (options.Level == RatioLevel.Sequence && type == "vespo") options = options with { Level = RatioLevel.Step };
            var recorded = c.Of("sampling_log_prob")
                ?? c.Of("importance_sampling_ratio")?.Zip(c.Of("old_log_prob")!, (w, old) => old - Math.Log(w)).ToArray();
            var steps = (long)(c.Number("num_items_in_batch") ?? c.Steps);
            var size = new UpdateSize(steps, c.Lengths.Length)
            {
                LeastEntropy = options.TopEntropyShare < 1
                    ? HighEntropy.Threshold(c.Of("entropies")!, options.TopEntropyShare)
                    : null,
            };
            // TRL divides by the steps of accumulation, but where num_items_in_batch counts the whole update.
            var scale = c.Number("num_items_in_batch") is null ? 1 / (c.Number("gradient_accumulation_steps") ?? 1) : 1;
            double? remainder = null;
            if (type == "luspo" && options.Beta != 0)
            {
                partly++;
                remainder = options.Beta * scale * PaddedDivergence(element, c);
                options = options with { Beta = 0, MeasureKl = true };
            }
            var (_, figures) = c.Check(options, size, recorded, scale, remainder);

            // TRL averages metrics over the tokens at hand, the report over the update's: the same where it is whole.
            var whole = steps / (double)c.Steps;
            var metrics = element.GetProperty("metrics");
            var bySequence = options.Level == RatioLevel.Sequence ? 1 : whole;
            void Metric(string theirs, double ours)
            {
                if (metrics.TryGetProperty(theirs, out _))
                    Table.Near(1e-6, [metrics.Number(theirs)], [ours], $"{c.What} {theirs}");
            }
            Metric("clip_low", figures["clip_ratio/low_mean"] * bySequence);
            Metric("clip_high", figures["clip_ratio/high_mean"] * bySequence);
            Metric("clip_region", (figures["clip_ratio/low_mean"] + figures["clip_ratio/high_mean"]) * bySequence);
            if (figures.TryGetValue("kl", out var kl)) Metric("kl", kl * whole);
            // A rollout without a step has ratio 1 and weight 1 there; here it is not in the mean.
            if (figures.TryGetValue("vespo/phi_seq_mean", out var phi))
                Metric("phi_mean", phi + (c.Lengths.Length - c.Scored) / (double)c.Lengths.Length);
        }
        Assert.Equal(Impossible, partly);
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen} cases, {partly} of them without TRL's divergence over padding");
    }

    /// <summary>TRL's luspo: the mean over all columns, padding included, of length times k3.</summary>
    private static double PaddedDivergence(JsonElement element, Case c)
    {
        double[] now = element.Numbers("log_prob"), reference = element.Numbers("ref_log_prob");
        var width = c.Mask[0].Length;
        return now.Select((x, i) =>
        {
            var delta = reference[i] - x;
            return (Math.Exp(delta) - delta - 1) * c.Lengths[i / width];
        }).Average();
    }
}
