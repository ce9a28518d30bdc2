using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>When figures of a run alarm: signs that a reward is bought with something else than what it is for.</summary>
public sealed record WatchBounds
{
    /// <summary>
    /// How far the reward's lead over the watching grader's accuracy has grown from where it was least, as a share of the
    /// rewards' weights.
    /// </summary>
    public double Gap { get; init; } = 0.3;

    /// <summary>The share of one reward that goes by no verdict in the spread of the sum.</summary>
    public double Share { get; init; } = 0.95;

    /// <summary>How many times longer or shorter completions have become since the first steps.</summary>
    public double Length { get; init; } = 2;

    /// <summary>The share of copies within groups, where fewer than half of all answers are right.</summary>
    public double Duplicates { get; init; } = 0.9;

    /// <summary>The share of verdicts that failed: by the task's verifier, a reward's or the watching one.</summary>
    public double Failed { get; init; } = 0.05;
}

/// <summary>What a watch remembers; part of a checkpoint, so that a resumed run alarms as an unbroken one does.</summary>
/// <param name="Steps">Steps seen.</param>
/// <param name="Start">What is compared with: the mean length of the first steps, the least gap.</param>
/// <param name="Recent">Fading means.</param>
/// <param name="Alarms">What alarmed at the last step.</param>
public sealed record WatchState(
    int Steps, IReadOnlyDictionary<string, double> Start, IReadOnlyDictionary<string, double> Recent,
    IReadOnlyList<string> Alarms)
{
    /// <summary>Before the first step.</summary>
    public static WatchState None { get; } = new(0, new Dictionary<string, double>(), new Dictionary<string, double>(), []);
}

/// <summary>
/// Looks for reward hacking: figures under <c>watch/</c> of every step, and alarms, 0 or 1, under <c>watch/alarm/</c>.
/// </summary>
/// <param name="options">Bounds, and whose shares are watched.</param>
internal sealed class Watch(RewardOptions options)
{
    /// <summary>
    /// What a run begins with: lengths are compared with the mean over these steps, and what needs a beginning alarms after them.
    /// </summary>
    public const int FirstSteps = 5;

    /// <summary>How much of a fading mean the newest step is.</summary>
    private const double Newest = 0.2;

    /// <summary>What it remembers.</summary>
    public WatchState State { get; set; } = WatchState.None;

    /// <summary>Adds a step's figures.</summary>
    /// <param name="metrics">Where they go; has <c>reward</c> and <c>completions/mean_length</c>.</param>
    /// <param name="groups">What is learned from.</param>
    /// <param name="drawn">All that was drawn.</param>
    /// <returns>A line for every alarm that was not up at the step before.</returns>
    public IReadOnlyList<string> Add(
        Dictionary<string, double> metrics, IReadOnlyList<RolloutGroup> groups, IReadOnlyList<RolloutGroup> drawn)
    {
        var memory = new Memory(State);
        var begun = State.Steps >= FirstSteps;
        var bounds = options.Bounds;
        var up = new Dictionary<string, string?>();

        var length = memory.Drift("length", metrics["completions/mean_length"]);
        metrics["watch/length_drift"] = length;
        Alarm("length", begun && (length > bounds.Length || length < 1 / bounds.Length),
            $"completions are {length:0.##} × as long as in the first {FirstSteps} steps (watch_length {bounds.Length})");

        var copies = RewardFigures.Duplicates(groups.Select(g => g.Rollouts.Select(r => (string?)r.Text).ToArray()));
        metrics["watch/duplicates"] = copies;
        metrics["watch/duplicate_answers"] =
            RewardFigures.Duplicates(groups.Select(g => g.Grades.Select(x => x.Extracted).ToArray()));
        var right = groups.SelectMany(g => g.Grades).Average(g => g.Verdict == Verdict.Right ? 1.0 : 0.0);
        copies = memory.Fade("duplicates", copies);
        Alarm("duplicates", copies >= bounds.Duplicates && right < 0.5,
            $"{copies:P0} of the completions are copies within their group, and {right:P0} are right "
            + $"(watch_duplicates {bounds.Duplicates})");

        var failed = Failed(drawn);
        metrics["watch/failed"] = failed;
        Alarm("failed", failed > bounds.Failed,
            $"{failed:P0} of the verdicts failed, which is no fault of the answers: see reward/*/failed, reward/*/timeout and "
            + $"verdicts/failed (watch_failed {bounds.Failed})");

        if (options.Watching is { } watching)
        {
            var scores = groups.SelectMany(g => g.Watched).Where(g => g.Verdict != Verdict.Failed).Select(g => g.Score).ToList();
            var accuracy = scores.Count > 0 ? scores.Average() : double.NaN;
            if (scores.Count > 0) metrics["watch/accuracy"] = accuracy;
            var gap = metrics["reward"] - accuracy;
            if (!double.IsNaN(gap)) metrics["watch/gap"] = gap;
            var grown = memory.Growth("gap", gap);
            var bound = bounds.Gap * options.Weights.Sum(Math.Abs);
            Alarm("gap", grown > bound,
                $"the reward has grown by {grown:0.##} more than the accuracy that {watching.Name} sees, now {accuracy:0.##} "
                + $"(watch_gap {bounds.Gap})");
        }

        if (options.Rewards.Count > 1)
        {
            var shares = RewardFigures.Shares(groups, options.Weights);
            string? most = null;
            var largest = 0.0;
            for (var f = 0; f < shares.Length; f++)
            {
                var reward = options.Rewards[f];
                metrics[$"watch/share/{reward.Name}"] = shares[f];
                var recent = memory.Fade("share/" + reward.Name, shares[f]);
                if (!reward.Reward.GoesByVerdict && recent > largest) (most, largest) = (reward.Name, recent);
            }
            Alarm("share", begun && largest > bounds.Share,
                $"{largest:P0} of what makes rewards differ is {most} (watch_share {bounds.Share}): that is being learned");
        }

        var before = State.Alarms;
        State = memory.Close(State.Steps + 1, [.. up.Where(a => a.Value is not null).Select(a => a.Key)]);
        foreach (var (name, line) in up) metrics[$"watch/alarm/{name}"] = line is null ? 0 : 1;
        return [.. up.Where(a => a.Value is not null && !before.Contains(a.Key)).Select(a => $"watch/alarm/{a.Key}: {a.Value}")];

        void Alarm(string name, bool is1, string line) => up[name] = is1 ? line : null;
    }

    /// <summary>The share of verdicts that failed, the task's, every reward's and the watching grader's each one.</summary>
    private static double Failed(IReadOnlyList<RolloutGroup> drawn)
    {
        double failed = 0, all = 0;
        foreach (var group in drawn)
        {
            all += group.Grades.Count + group.Watched.Count;
            failed += group.Grades.Concat(group.Watched).Count(g => g.Verdict == Verdict.Failed);
            foreach (var reward in group.Rewards.SelectMany(r => r))
            {
                all++;
                if (reward.Outcome is RewardOutcome.Failed or RewardOutcome.Timeout) failed++;
            }
        }
        return all > 0 ? failed / all : 0;
    }

    /// <summary>Means under way. What is no number changes none of them.</summary>
    private sealed class Memory(WatchState state)
    {
        private readonly Dictionary<string, double> _start = new(state.Start), _recent = new(state.Recent);

        /// <summary>The fading mean with this step's value.</summary>
        public double Fade(string name, double value)
        {
            if (!double.IsFinite(value)) return _recent.GetValueOrDefault(name);
            return _recent[name] = _recent.TryGetValue(name, out var before) ? before + Newest * (value - before) : value;
        }

        /// <summary>The fading mean over the mean of the first steps, this one included where it is one.</summary>
        public double Drift(string name, double value)
        {
            var recent = Fade(name, value);
            var start = _start.GetValueOrDefault(name);
            if (state.Steps < FirstSteps) _start[name] = start += (value - start) / (state.Steps + 1);
            return start > 0 ? recent / start : 1;
        }

        /// <summary>How far the fading mean is above the least it has been.</summary>
        public double Growth(string name, double value)
        {
            var recent = Fade(name, value);
            if (!_recent.ContainsKey(name)) return 0; // nothing was measured yet
            _start[name] = _start.TryGetValue(name, out var least) ? Math.Min(least, recent) : recent;
            return recent - _start[name];
        }

        public WatchState Close(int steps, IReadOnlyList<string> alarms) => new(steps, _start, _recent, alarms);
    }
}
