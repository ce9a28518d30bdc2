using Softly.Algorithms;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>What a training step did.</summary>
/// <param name="Step">Steps done, this one counted.</param>
/// <param name="Metrics">TRL's names where they mean the same, and <c>soft/*</c>; docs/the-loop.md explains each.</param>
/// <param name="Groups">The rollouts with grades and advantages, for the log.</param>
public sealed record StepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<RolloutGroup> Groups)
{
    /// <summary>Gathers a step's figures while it runs.</summary>
    internal sealed class Builder(IReadOnlyList<RolloutGroup> groups)
    {
        private readonly double[] _sums = new double[LossTerms.Names.Count];
        private readonly List<UpdateReport> _updates = [];
        private double _loss, _gapSum, _gapMost;
        private long _gapSteps;

        public void Add(LossTerms loss, StepScores scores, RolloutBatch batch, bool first)
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var values = loss.Report.cpu().data<double>().ToArray();
            for (var i = 0; i < values.Length; i++) _sums[i] += values[i];
            _loss += loss.Total.detach().to(ScalarType.Float64).cpu().data<double>()[0];
            if (!first || _updates.Count > 0) return; // after an update a gap is the policy's move, not the engines'
            var now = scores.Counts is { } counts
                ? scores.LogDensities.detach().mul(counts).sum(1)
                : scores.LogDensities.detach(); // (N)
            var gap = now.sub(batch.Recorded.to(now.dtype)).abs().to(ScalarType.Float64);
            _gapSum += gap.sum().cpu().data<double>()[0];
            _gapMost = Math.Max(_gapMost, gap.max().cpu().data<double>()[0]);
            _gapSteps += batch.Steps;
        }

        public void Add(UpdateReport update) => _updates.Add(update);

        public StepReport Build(int step, long tokensSeen, bool hasReference, double epoch, TimeSpan rollout, TimeSpan total)
        {
            var rollouts = groups.SelectMany(g => g.Rollouts).ToList();
            var grades = groups.SelectMany(g => g.Grades).ToList();
            var lengths = rollouts.Select(r => (double)r.Length).ToList();
            var ended = rollouts.Where(r => r.Finish != FinishReason.Length)
                .Select(r => (double)r.Length).DefaultIfEmpty(0).ToList();
            var rewards = grades.Select(g => g.Score).ToList();
            var tokens = lengths.Sum();
            var count = (double)_updates.Count;
            var metrics = new Dictionary<string, double>
            {
                ["loss"] = _loss / count,
                ["grad_norm"] = _updates.Average(u => u.GradientNorm),
                ["learning_rate"] = _updates[^1].LearningRate,
                ["skipped_updates"] = _updates.Count(u => u.Skipped),
                ["epoch"] = epoch,
                ["num_tokens"] = tokensSeen,
                ["reward"] = rewards.Average(),
                ["reward_std"] = groups.Average(g => Deviation([.. g.Grades.Select(x => x.Score)])),
                ["frac_reward_zero_std"] = groups.Average(g => g.Grades.All(x => x.Score == g.Grades[0].Score) ? 1.0 : 0.0),
                ["completions/mean_length"] = lengths.Average(),
                ["completions/min_length"] = lengths.Min(),
                ["completions/max_length"] = lengths.Max(),
                ["completions/mean_terminated_length"] = ended.Average(),
                ["completions/clipped_ratio"] = rollouts.Average(r => r.Finish == FinishReason.Length ? 1.0 : 0.0),
                ["entropy"] = rollouts.Sum(r => r.Steps.Sum(s => (double)s.Entropy)) / tokens,
                ["sampling/sampling_logp_difference/mean"] = _gapSum / Math.Max(1, _gapSteps),
                ["sampling/sampling_logp_difference/max"] = _gapMost,
                ["step_time"] = total.TotalSeconds,
                ["timing/rollout"] = rollout.TotalSeconds,
                ["timing/update"] = (total - rollout).TotalSeconds,
                ["perf/rollout_tokens_per_second"] = tokens / rollout.TotalSeconds,
            };
            for (var i = 0; i < _sums.Length; i++) metrics[LossTerms.Names[i]] = _sums[i] / count;
            if (!hasReference) metrics.Remove("kl"); // not 0: not measured
            metrics["clip_ratio/region_mean"] = metrics["clip_ratio/low_mean"] + metrics["clip_ratio/high_mean"];
            metrics["ratio/variance"] = Math.Max(0, metrics["ratio/square"] - metrics["ratio/mean"] * metrics["ratio/mean"]);
            metrics.Remove("ratio/square");
            foreach (var verdict in Enum.GetValues<Verdict>())
                metrics[$"verdicts/{verdict.Name()}"] = grades.Average(g => g.Verdict == verdict ? 1.0 : 0.0);
            AddSoft(metrics, rollouts);
            return new StepReport(step, metrics, groups);
        }

        /// <summary>How soft the thoughts were: means over soft steps.</summary>
        private static void AddSoft(Dictionary<string, double> metrics, List<Rollout> rollouts)
        {
            var steps = rollouts.SelectMany(r => r.Steps).Where(s => s.Kind == StepKind.Soft).ToList();
            if (steps.Count == 0) return;
            metrics["soft/kept_components"] = steps.Average(s => s.Slots.Kept.Span.Count(true));
            metrics["soft/log_density_per_step"] = steps.Average(s => s.LogDensity);
            metrics["soft/mass_on_support"] = steps.Average(s => s.Mass);
            metrics["soft/top1_weight"] = steps.Average(s => Most(s.Slots.Weights.Span));
            metrics["soft/mixture_entropy"] = steps.Average(s => Entropy(s.Slots.Weights.Span));
            metrics["soft/think_length"] = steps.Count / (double)rollouts.Count;
            metrics["soft/answer_length"] = rollouts.Average(r => (double)r.Length) - steps.Count / (double)rollouts.Count;
            metrics["soft/first_entropy"] = rollouts.Average(r => r[0].Entropy);
        }

        private static double Most(ReadOnlySpan<float> weights)
        {
            var most = double.NegativeInfinity;
            foreach (var w in weights) most = Math.Max(most, w);
            return most;
        }

        /// <summary>In nats; weights that are not probabilities (Gaussian noise can make them negative) count by their size.</summary>
        private static double Entropy(ReadOnlySpan<float> weights)
        {
            double sum = 0, total = 0;
            foreach (var w in weights) total += Math.Abs(w);
            foreach (var w in weights)
                if (w != 0) sum -= Math.Abs(w) / total * Math.Log(Math.Abs(w) / total);
            return sum;
        }

        private static double Deviation(IReadOnlyList<double> values)
        {
            if (values.Count < 2) return 0;
            var mean = values.Average();
            return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        }
    }
}
