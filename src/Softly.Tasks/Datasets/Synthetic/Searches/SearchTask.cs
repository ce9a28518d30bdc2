namespace Softly.Tasks;

/// <summary>
/// A search of a fixed number of steps from a start: of each group of candidates exactly one can be reached, and is the answer.
/// Every step branches, so what is known after t steps is a set of states; one thought can hold it only as a mixture.
/// </summary>
/// <remarks>
/// A prompt is what the search moves on, then the candidates group by group, each one position, an equal mixture of the group's
/// mark and the state's word (<c>a&amp;12 … b&amp;5</c>), then <c>:</c> and, last, the word of the start. A completion thinks,
/// then writes <c>&gt;</c>, one state of each group in the groups' order, and the end word. Thoughts are not judged. Thoughts,
/// candidates and answers share the words of states. What is asked goes by the prompt alone.
/// </remarks>
public abstract class SearchTask : ITask
{
    private const string Separator = "|";
    private const int Attempts = 100_000;
    private const int Rounds = 1000; // of ranks, for another question: few graphs have but a few
    private static readonly string[] Marks = ["a", "b"];

    private readonly int _states;
    private readonly int _groups;
    private readonly int _candidates;
    private readonly ThoughtForm _form;

    /// <param name="name">What the catalogue calls it.</param>
    /// <param name="states">How many words of states there are: 0, 1, …</param>
    /// <param name="words">The words of the task's own.</param>
    /// <param name="groups">Groups of candidates: 1 or 2.</param>
    /// <param name="candidates">Candidates of a group.</param>
    /// <param name="form">What demonstrations think.</param>
    private protected SearchTask(
        string name, int states, IEnumerable<string> words, int groups, int candidates, ThoughtForm form)
    {
        (Name, _states, _groups, _candidates, _form) = (name, states, groups, candidates, form);
        Vocabulary = [.. Words.Common, Separator, .. Marks, .. Enumerable.Range(0, states).Select(s => Words.Text(s)), .. words];
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public abstract string Description { get; }

    /// <summary>
    /// The common words, the separator, the marks of the groups, the states, and what the task has beside them: the same for one
    /// group and for two, and for all forms of thoughts.
    /// </summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <inheritdoc />
    public string ThinkEnd => Words.Think;

    /// <summary>
    /// The longest worked solution: its thoughts, the mark, a state a group, the end word. Where thoughts are written out, they
    /// are as many as there can be; blank ones, which no solution shows, as many as there are steps.
    /// </summary>
    public int? CompletionLength => Thinking + 1 + _groups + 1;

    /// <summary>Steps from the start to an answer.</summary>
    private protected abstract int Steps { get; }

    /// <summary>How many states there can be at most after step t, from 1 to <see cref="Steps"/>.</summary>
    private protected abstract int Widest(int t);

    /// <summary>The beginning of a new prompt, and starts, the first of which with a question of the ranks is taken.</summary>
    private protected abstract (IReadOnlyList<string> Beginning, IEnumerable<int> Starts) Make(StableRandom random);

    /// <summary>What the beginning of a prompt says; null where it is not one of this task.</summary>
    private protected abstract Ground? Read(IReadOnlyList<string> beginning);

    /// <summary>What a beginning is about, whatever its states are called, and in whatever order it stands.</summary>
    private protected abstract string Content(IReadOnlyList<string> beginning);

    /// <summary>Why a state is no right answer.</summary>
    private protected abstract string Miss(int start, int state);

    private int Thinking => _form switch
    {
        ThoughtForm.Paths => _groups * Steps,
        ThoughtForm.Written => Enumerable.Range(1, Steps).Sum(Widest) + Steps - 1,
        _ => Steps,
    };

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => HeldOut.Draw(
        split, count, seed, random => Draw(random, Ranks(random), Attempts)
            ?? throw new InvalidOperationException($"no problem of {Name} came up in {Attempts} draws ({Description})"));

    /// <summary>What the search moves on, without the question asked about it.</summary>
    public string ContentOf(Problem problem) =>
        Parse(problem) is { } question ? Content(question.Beginning) : problem.Prompt;

    /// <summary>
    /// Another start, where there is another, and other candidates; what the search moves on is the same to the word. The problem
    /// itself where its prompt is not one of this task, or allows no other question.
    /// </summary>
    public Problem Ask(Problem problem, Random random)
    {
        if (Parse(problem) is not { } question) return problem;
        var draws = new StableRandom((ulong)random.NextInt64());
        int[] others = [.. question.Ground.Starts.Where(s => s != question.Start)];
        // The same start only where no other would do; other ranks where the graph has no question of these.
        foreach (var starts in new[] { others, [question.Start] })
        {
            var fields = new Dictionary<int, Field?>();
            for (var round = 0; round < Rounds; round++)
            {
                var ranks = Ranks(draws);
                foreach (var start in draws.Pick(starts, starts.Length))
                {
                    if (!fields.TryGetValue(start, out var field)) fields[start] = field = Around(question.Ground, start);
                    if (field is not null && Pose(question.Beginning, field, ranks, draws) is { } other
                        && other.Prompt != problem.Prompt)
                        return other;
                }
            }
        }
        return problem;
    }

    /// <summary>
    /// The sets of states that the steps lead to, also where thoughts are blank: what they would have to hold. Where paths follow
    /// one another, or sets are written out, what each thought may be.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>>? ThoughtSets(Problem problem)
    {
        if (Parse(problem) is not { } question) return null;
        var sets = Sets(question.Layers);
        return _form switch
        {
            ThoughtForm.Paths => [.. Enumerable.Repeat(sets, _groups).SelectMany(s => s)],
            ThoughtForm.Written =>
                [.. sets.SelectMany(set => Enumerable.Repeat(set, set.Length).Prepend([Separator])).Skip(1)],
            _ => sets,
        };
    }

    /// <summary>
    /// States and steps. Where each step has its own, as with sums, those that the search comes along; steps that stay where they
    /// are are left out.
    /// </summary>
    public ProblemGraph? GraphOf(Problem problem)
    {
        if (Parse(problem) is not { } question) return null;
        var (ground, layers) = (question.Ground, question.Layers);
        var edges = Enumerable.Range(0, Steps).SelectMany(t => (ground.StepsDiffer ? layers[t] : ground.States)
            .SelectMany(from => ground.Next(t, from).Where(to => to != from)
                .Select(to => (Edge: (Words.Text(from), Words.Text(to)), Step: t + 1))))
            .GroupBy(e => e.Edge, e => e.Step).ToList();
        IEnumerable<int> nodes = !ground.StepsDiffer
            ? ground.States
            : Enumerable.Range(0, Steps + 1).SelectMany(t => layers[t]).Concat(question.Candidates.SelectMany(c => c))
                .Distinct().Order();
        return new ProblemGraph(
            Texts(nodes), [.. edges.Select(e => e.Key)], Words.Text(question.Start), [.. question.Candidates.Select(Texts)])
        {
            StepsOf = ground.StepsDiffer ? [.. edges.Select(e => e.Distinct().ToArray())] : null,
            StepByStep = _form is not (ThoughtForm.Paths or ThoughtForm.Written),
        };
    }

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion)
    {
        if (Parse(problem) is not { } question) return Words.Foreign;
        if (Words.AnswerOf(completion) is not { } words) return new Grade(0, Verdict.NoAnswer, "no '>' before the end");
        var text = string.Join(' ', words);
        if (Words.Numbers(words, _states) is not { } answer || answer.Length != _groups)
            return new Grade(0, Verdict.Unparsable, _groups == 1
                ? "an answer is one candidate"
                : "an answer is one candidate of each group", text);
        foreach (var (group, state) in answer.Index())
        {
            if (!question.Candidates[group].Contains(state))
                return new Grade(0, Verdict.Wrong, $"{state} is not a candidate of group {Marks[group]}", text);
            if (!question.Layers.Reach(state)) return new Grade(0, Verdict.Wrong, Miss(question.Start, state), text);
        }
        return new Grade(1, Verdict.Right, $"{string.Join(" and ", answer)} can be reached", text);
    }

    /// <summary>The answer, after thoughts of the task's <see cref="ThoughtForm"/>.</summary>
    public Demonstration? Demonstrate(Problem problem, Random random)
    {
        if (Parse(problem) is not { } question) return null;
        int[][] right = [.. question.Candidates.Select(group => group.Where(question.Layers.Reach).ToArray())];
        if (right.Any(r => r.Length == 0)) return null;
        int[] answer = [.. right.Select(r => r[random.Next(r.Length)])];
        var form = _form != ThoughtForm.Mixed ? _form : random.Next(2) == 0 ? ThoughtForm.Path : ThoughtForm.Frontier;
        var thoughts = form switch
        {
            ThoughtForm.Path => Words.Thoughts(Way(answer[random.Next(_groups)])),
            ThoughtForm.Paths => Words.Thoughts(answer.SelectMany(Way)),
            ThoughtForm.Frontier => Sets(question.Layers).Select(Shared),
            ThoughtForm.Written =>
                Words.Thoughts(Sets(question.Layers).SelectMany(set => set.Prepend(Separator)).Skip(1)),
            _ => [],
        };
        return Words.Worked(thoughts, Texts(answer));

        string[] Way(int target) => Texts(question.Layers.Way(target, random));
    }

    /// <summary>The chance of one candidate of each group, all as likely as the others.</summary>
    public double? GuessChance(Problem problem) => Parse(problem) is not { } question ? null
        : question.Candidates.Aggregate(1.0, (p, group) => p * group.Count(question.Layers.Reach) / group.Length);

    /// <summary>
    /// Refuses sizes for which no problem comes up, or all are about too few things for some to be held out: the last line of
    /// every constructor.
    /// </summary>
    /// <param name="remedy">What to change.</param>
    private protected void CheckSizes(string remedy)
    {
        var random = new StableRandom(0);
        var parts = new HashSet<Split>();
        for (var draw = 0; draw < 300 && (draw < 2 || parts.Count < 2); draw++)
        {
            var ranks = draw < 2 ? [.. Enumerable.Repeat(draw * (_candidates - 1), _groups)] : Ranks(random);
            parts.Add(HeldOut.SplitOf(Draw(random, ranks, 2000) is { } drawn
                ? drawn.Content
                : throw new ArgumentException($"no problem of these sizes came up ({Description}): {remedy}")));
        }
        if (parts.Count < 2)
            throw new ArgumentException(
                $"too few different problems of these sizes ({Description}), none can be held out: raise them");
    }

    /// <summary>For each group, how many of its wrong candidates are to be below the right one at a glance.</summary>
    private int[] Ranks(StableRandom random) => [.. Enumerable.Range(0, _groups).Select(_ => random.Next(_candidates))];

    /// <summary>A problem with these ranks, which stay until one comes up, so that each is as frequent as the others.</summary>
    private (string Content, Problem Problem)? Draw(StableRandom random, int[] ranks, int attempts)
    {
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            var (beginning, starts) = Make(random);
            var ground = Read(beginning)!;
            // Where there can be several starts, another question about the same must be possible.
            var needed = Math.Min(2, ground.Starts.Count);
            Problem? problem = null;
            foreach (var field in starts.Select(s => Around(ground, s)).OfType<Field>())
            {
                problem ??= Pose(beginning, field, ranks, random);
                if (--needed <= 0 && problem is not null) return (Content(beginning), problem);
            }
        }
        return null;
    }

    /// <summary>What can be asked from a start.</summary>
    /// <param name="Start">Where the search begins.</param>
    /// <param name="Eligible">States that may be candidates, of twins one.</param>
    /// <param name="Glances">What a glance shows of each of them.</param>
    /// <param name="Right">Whether the steps lead to it, for each.</param>
    /// <param name="Rooms">For each right one, how many wrong ones are no more, and how many no less, at a glance.</param>
    /// <param name="Twin">As <see cref="Ground.Twin"/>: either may stand for both.</param>
    private sealed record Field(
        int Start, int[] Eligible, long[] Glances, bool[] Right, IReadOnlyList<(int Below, int Above)> Rooms,
        Func<int, int> Twin);

    /// <summary>Null where there are not enough right and wrong candidates.</summary>
    private Field? Around(Ground ground, int start)
    {
        var layers = new Layers(start, Steps, ground.Next);
        int[] eligible = [.. ground.States.Where(s => s != start && s <= ground.Twin(s) && ground.MayBe(start, s))];
        bool[] right = [.. eligible.Select(layers.Reach)];
        var count = right.Count(r => r);
        if (count < _groups || eligible.Length - count < _groups * (_candidates - 1)) return null;
        long[] glances = [.. eligible.Select(s => ground.Glance(start, s))];
        var rooms = new List<(int, int)>();
        for (var i = 0; i < eligible.Length; i++)
        {
            if (!right[i]) continue;
            var (below, above) = (0, 0);
            for (var j = 0; j < eligible.Length; j++)
            {
                if (!right[j] && glances[j] <= glances[i]) below++;
                if (!right[j] && glances[j] >= glances[i]) above++;
            }
            rooms.Add((below, above));
        }
        return new Field(start, eligible, glances, right, rooms, ground.Twin);
    }

    private Problem? Pose(IReadOnlyList<string> beginning, Field field, int[] ranks, StableRandom random)
    {
        // Most fields have no such question, and this shows it for most of them.
        if (!ranks.All(rank => field.Rooms.Any(r => r.Below >= rank && r.Above >= _candidates - 1 - rank))) return null;
        // Least at a glance first, and equals at random.
        var left = random.Pick(Enumerable.Range(0, field.Eligible.Length), field.Eligible.Length)
            .OrderBy(i => field.Glances[i]).ToList();
        var (groups, answer) = (new List<int[]>(), new List<int>());
        foreach (var rank in ranks)
        {
            var above = _candidates - 1 - rank;
            var (wrong, right) = (new List<int>(), new List<(int Index, int Below)>());
            foreach (var index in left)
                if (field.Right[index]) right.Add((index, wrong.Count));
                else wrong.Add(index);
            right.RemoveAll(r => r.Below < rank || wrong.Count - r.Below < above);
            if (right.Count == 0) return null;
            var (chosen, below) = random.Pick(right);
            int[] candidates = [chosen, .. random.Pick(wrong.Take(below), rank), .. random.Pick(wrong.Skip(below), above)];
            left.RemoveAll(candidates.Contains);
            groups.Add([.. candidates.Select(c => EitherOf(field.Eligible[c]))]);
            answer.Add(groups[^1][0]);
        }
        var words = groups.Index().SelectMany(g =>
            random.Pick(g.Item, _candidates).Select(s => $"{Marks[g.Index]}&{Words.Text(s)}"));
        var prompt = string.Join(' ', [.. beginning, .. words, Words.Ask, Words.Text(field.Start)]);
        // Steps are no part of the prompt, but of the question.
        var id = $"{Name}/{StableHash.Of(Content(beginning)):x16}/{StableHash.Of(prompt, (ulong)Steps):x16}";
        return new Problem(id, prompt, string.Join(' ', Texts(answer)));

        int EitherOf(int state) => field.Twin(state) is var twin && twin != state && random.Next(2) == 0 ? twin : state;
    }

    private sealed record Question(
        IReadOnlyList<string> Beginning, Ground Ground, int Start, IReadOnlyList<int[]> Candidates, Layers Layers);

    private Question? Parse(Problem problem)
    {
        if (Words.Split(problem.Prompt) is not [.. var rest, Words.Ask, var last]) return null;
        if (Words.Number(last, _states) is not { } start) return null;
        var candidates = new int[_groups][];
        for (var group = _groups - 1; group >= 0; group--)
        {
            var mark = Marks[group] + "&";
            string[] marked = [.. rest.Reverse().TakeWhile(w => w.StartsWith(mark, StringComparison.Ordinal)).Reverse()];
            if (Words.Numbers(marked.Select(w => w[mark.Length..]), _states) is not { Length: > 0 } states) return null;
            (candidates[group], rest) = (states, rest[..^marked.Length]);
        }
        return Read(rest) is { } ground && ground.Starts.Contains(start)
            ? new Question(rest, ground, start, candidates, new Layers(start, Steps, ground.Next))
            : null;
    }

    private string[][] Sets(Layers layers) => [.. Enumerable.Range(1, Steps).Select(t => Texts(layers[t]))];

    private static DemonstrationStep Shared(string[] set) =>
        new([.. set.Select(word => new WeightedWord(word, 1.0 / set.Length))], true);

    private static string[] Texts(IEnumerable<int> states) => [.. states.Select(s => Words.Text(s))];
}
