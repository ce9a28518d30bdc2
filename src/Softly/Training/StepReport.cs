using Softly.Algorithms;
using Softly.Algorithms.Terms;
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
    /// <summary>Why this step is the run's last, in a line; null where it is not.</summary>
    public string? Stop { get; init; }

    /// <summary>What began to alarm at this step, a line each (docs/rewards.md).</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];

    /// <summary>Gathers a step's figures while it runs.</summary>
    /// <param name="groups">What is learned from.</param>
    /// <param name="drawn">All that was drawn, in order; more than those where groups were replaced.</param>
    internal sealed class Builder(IReadOnlyList<RolloutGroup> groups, IReadOnlyList<RolloutGroup> drawn)
    {
        private readonly Dictionary<string, double> _sums = [], _update = [];
        private readonly List<UpdateReport> _updates = [];
        private double _loss, _gapSum, _gapMost, _ess, _softEss, _farthest;
        private long _gapSteps;
        private int _measured, _softMeasured;

        /// <summary>True once an update's policy was farther from the one that drew than the bound.</summary>
        public bool TooFar(double? bound) => _farthest > bound;

        public void Add(LossTerms loss, StepScores scores, RolloutBatch batch, bool first)
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var values = loss.Report.cpu().data<double>().ToArray();
            foreach (var (name, value) in loss.Names.Zip(values))
            {
                var before = _update.GetValueOrDefault(name);
                _update[name] = name.EndsWith("/max", StringComparison.Ordinal) ? Math.Max(before, value) : before + value;
            }
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

        /// <summary>All micro-batches of an update were added; one without any is not measured.</summary>
        public void CloseUpdate()
        {
            if (_update.Count == 0) return;
            _measured++;
            foreach (var (name, value) in _update)
                _sums[name] = name.EndsWith("/max", StringComparison.Ordinal)
                    ? Math.Max(_sums.GetValueOrDefault(name), value)
                    : _sums.GetValueOrDefault(name) + value;
            if (_update.TryGetValue("ratio/square", out var square) && square > 0)
                _ess += _update["ratio/mean"] * _update["ratio/mean"] / square;
            if (_update.TryGetValue("soft/ratio_square", out var softSquare) && softSquare > 0)
            {
                _softEss += _update["soft/ratio_mean"] * _update["soft/ratio_mean"] / (softSquare * _update["soft/share"]);
                _softMeasured++;
            }
            _farthest = Math.Max(_farthest, _update.GetValueOrDefault("approx_kl"));
            _update.Clear();
        }

        public void Add(UpdateReport update) => _updates.Add(update);

        public StepReport Build(
            int step, long tokensSeen, double epoch, Drawing drawing, TimeSpan update, TimeSpan total, TrainingOptions options,
            Watch watch)
        {
            var rollouts = groups.SelectMany(g => g.Rollouts).ToList();
            var grades = groups.SelectMany(g => g.Grades).ToList();
            var lengths = rollouts.Select(r => (double)r.Length).ToList();
            var ended = rollouts.Where(r => r.Finish != FinishReason.Length)
                .Select(r => (double)r.Length).DefaultIfEmpty(0).ToList();
            var rewards = groups.SelectMany(g => g.Scores).ToList();
            var tokens = lengths.Sum();
            var count = Math.Max(1.0, _measured);
            var made = _updates.Where(u => !u.LeftOut).ToList();
            var metrics = new Dictionary<string, double>
            {
                ["loss"] = _loss / count,
                ["grad_norm"] = made.Select(u => u.GradientNorm).DefaultIfEmpty(0).Average(),
                ["learning_rate"] = _updates[^1].LearningRate,
                ["skipped_updates"] = _updates.Count(u => u.Skipped),
                ["updates_left_out"] = _updates.Count(u => u.LeftOut),
                ["epoch"] = epoch,
                ["num_tokens"] = tokensSeen,
                ["reward"] = Mean(rewards),
                ["reward_std"] = groups.Average(g => Deviation(g.Scores)),
                ["frac_reward_zero_std"] = groups.Average(g => GroupAdvantage.HasSpread(g.Scores) ? 0.0 : 1.0),
                ["completions/mean_length"] = lengths.Average(),
                ["completions/min_length"] = lengths.Min(),
                ["completions/max_length"] = lengths.Max(),
                ["completions/mean_terminated_length"] = ended.Average(),
                ["completions/clipped_ratio"] = rollouts.Average(r => r.Finish == FinishReason.Length ? 1.0 : 0.0),
                ["entropy"] = rollouts.Sum(r => r.Steps.Sum(s => (double)s.Entropy)) / tokens,
                ["sampling/sampling_logp_difference/mean"] = _gapSum / Math.Max(1, _gapSteps),
                ["sampling/sampling_logp_difference/max"] = _gapMost,
                ["step_time"] = total.TotalSeconds,
                ["timing/rollout"] = drawing.Time.TotalSeconds,
                ["timing/update"] = update.TotalSeconds,
                ["perf/rollout_tokens_per_second"] =
                    drawn.Sum(g => g.Rollouts.Sum(r => (double)r.Length)) / drawing.Time.TotalSeconds,
            };
            (metrics["perf/cpu_memory_used_gb"], metrics["perf/max_memory_resident_gb"]) = ResidentMemory.Read();
            if (options.Overlap) metrics["sampling/policy_age"] = drawing.Age;
            if (options.GenerationBatches > 1)
            {
                metrics["dynamic_sampling/drawn"] = drawn.Count;
                metrics["dynamic_sampling/dropped"] = drawn.Count - groups.Count;
                metrics["dynamic_sampling/reward"] = Mean(drawn.SelectMany(g => g.Scores));
            }
            if (options.OverlongBuffer > 0) metrics["overlong_penalty"] = rollouts.Average(r => options.Penalty(r.Length));
            foreach (var (name, sum) in _sums)
                metrics[name] = name.EndsWith("/max", StringComparison.Ordinal) ? sum : sum / count;
            if (metrics.Remove("ratio/square", out var square))
            {
                metrics["clip_ratio/region_mean"] = metrics["clip_ratio/low_mean"] + metrics["clip_ratio/high_mean"];
                metrics["ratio/variance"] = Math.Max(0, square - metrics["ratio/mean"] * metrics["ratio/mean"]);
                metrics["ess"] = _ess / count;
            }
            // 0 at other steps: a mean over thoughts alone.
            if (metrics.Remove("kl_anchor", out var anchor) && metrics.TryGetValue("soft/share", out var thoughts))
                metrics["kl_anchor"] = anchor / thoughts;
            if (metrics.Remove("soft/ratio_square"))
            {
                metrics.Remove("soft/ratio_mean");
                metrics.Remove("soft/share");
                metrics["soft/ess"] = _softEss / Math.Max(1, _softMeasured);
            }
            foreach (var verdict in Enum.GetValues<Verdict>())
                metrics[$"verdicts/{verdict.Name()}"] = grades.Average(g => g.Verdict == verdict ? 1.0 : 0.0);
            AddSoft(metrics, rollouts);
            RewardFigures.Add(metrics, groups, drawn, options.Rewards);
            var alarms = watch.Add(metrics, groups, drawn);
            return new StepReport(step, metrics, groups)
            {
                Stop = metrics.TryGetValue("kl", out var kl) && kl > options.KlStop
                    ? $"kl {kl:G3} is above kl_stop {options.KlStop}: step {step} is the last"
                    : null,
                Alarms = alarms,
            };
        }

        private static IEnumerable<double> Scored(IEnumerable<double> rewards) => rewards.Where(r => !double.IsNaN(r));

        /// <summary>Of what was scored; no number where nothing was, which is no reward of 0.</summary>
        private static double Mean(IEnumerable<double> rewards) => Scored(rewards).DefaultIfEmpty(double.NaN).Average();

        /// <summary>How soft the thoughts were: means over soft steps.</summary>
        private static void AddSoft(Dictionary<string, double> metrics, List<Rollout> rollouts)
        {
            var steps = rollouts.SelectMany(r => r.Steps).Where(s => s.Kind == StepKind.Soft).ToList();
            if (steps.Count == 0) return;
            metrics["soft/kept_components"] = steps.Average(s => s.Slots.Kept.Span.Count(true));
            metrics["soft/log_density_per_step"] = steps.Average(s => s.LogDensity);
            metrics["soft/mass_on_support"] = steps.Average(s => s.Mass);
            if (rollouts[0].Sampling.Law is { ThinksBlank: false } law && law.OwnValues(1) is null) // others feed no mixture
            {
                metrics["soft/top1_weight"] = steps.Average(s => Most(s.Slots.Weights.Span));
                metrics["soft/mixture_entropy"] = steps.Average(s => Entropy(s.Slots.Weights.Span));
            }
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

        /// <summary>
        /// In nats; weights that are not probabilities (Gaussian noise can make them negative) count by their size.
        /// </summary>
        private static double Entropy(ReadOnlySpan<float> weights)
        {
            double sum = 0, total = 0;
            foreach (var w in weights) total += Math.Abs(w);
            foreach (var w in weights)
                if (w != 0) sum -= Math.Abs(w) / total * Math.Log(Math.Abs(w) / total);
            return sum;
        }

        private static double Deviation(IReadOnlyList<double> all)
        {
            var values = Scored(all).ToList();
            if (values.Count < 2) return 0;
            var mean = values.Average();
            return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        }
    }
}
