namespace Softly.Tasks;

/// <summary>What the thoughts of a demonstrated path hold.</summary>
public enum PathThoughts
{
    /// <summary>The path itself, node by node; which of the shortest paths is drawn at random.</summary>
    Path,

    /// <summary>
    /// Thought i holds all nodes that i hops from the root can reach, in equal shares: a search that follows every branch.
    /// </summary>
    Frontier,
}

/// <summary>
/// A path between two nodes of a random acyclic graph must be written down: a certificate that is hard to guess and simple to
/// check. Both directions branch, so neither walking forwards from the root nor backwards from the target is enough.
/// </summary>
/// <remarks>
/// <para>
/// Node i of the hidden order has edges to two (at the end fewer) of the next <c>window</c> nodes; the root is the first node and
/// the target one at shortest distance D. Names of nodes are shuffled, so they tell nothing of the order. An edge is one
/// position, an equal mixture of the word of its source and a word of its own for its target: <c>3&amp;&gt;7</c>. Edges come in
/// random order, then root, target and colon.
/// </para>
/// <para>
/// A completion thinks D words, then writes <c>&gt;</c>, the nodes from root to target, and the end word. Right is every path
/// along edges that ends at the target, of whatever length; the thoughts are not judged. One graph in ten is held out, under all
/// names of its nodes.
/// </para>
/// </remarks>
/// <param name="nodes">n: 32 in the standard size.</param>
/// <param name="window">How far in the hidden order an edge may reach: 16 in the standard size.</param>
/// <param name="distance">D, hops of the shortest path: 5 in the standard size.</param>
/// <param name="thoughts">What demonstrations think.</param>
public sealed class TwoEndedPath(
    int nodes = 32, int window = 16, int distance = 5, PathThoughts thoughts = PathThoughts.Path) : ITask
{
    private const int OutDegree = 2;
    private const int Attempts = 100_000;

    private readonly int _nodes = nodes >= 3 ? nodes : throw new ArgumentOutOfRangeException(nameof(nodes), nodes, "3 or more");
    private readonly int _window = window >= OutDegree
        ? window
        : throw new ArgumentOutOfRangeException(nameof(window), window, "2 or more");
    private readonly int _distance = distance >= 1 && distance < nodes
        ? distance
        : throw new ArgumentOutOfRangeException(nameof(distance), distance, "at least 1, and below the number of nodes");

    /// <inheritdoc />
    public string Name { get; } = "two-ended-path" + (nodes == 32 ? "" : $"-{nodes}")
        + (thoughts == PathThoughts.Path ? "" : "-frontier");

    /// <inheritdoc />
    public string Description { get; } = $"write down a path of {distance} hops between two of {nodes} nodes"
        + (thoughts == PathThoughts.Path ? "" : "; demonstrations think in sets of nodes");

    /// <summary>The common words, a word for every node, and one for every node as the target of an edge.</summary>
    public IReadOnlyList<string> Vocabulary { get; } =
        [.. Words.Common, .. Enumerable.Range(0, nodes).Select(n => Words.Text(n)), .. Enumerable.Range(0, nodes).Select(Target)];

    /// <inheritdoc />
    public string ThinkEnd => Words.Think;

    /// <summary>D thoughts, the marker, D + 1 nodes and the end word: 13 in the standard size.</summary>
    public int? CompletionLength => _distance + 1 + _distance + 1 + 1;

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => HeldOut.Draw(split, count, seed, Draw);

    /// <summary>The graph and its target, which the id is made of, whatever the nodes are called.</summary>
    public string ContentOf(Problem problem) => problem.Id;

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion)
    {
        if (Read(problem) is not { } question) return Words.Foreign;
        if (Words.AnswerOf(completion) is not { } answer) return new Grade(0, Verdict.NoAnswer, "no '>' before the end");
        var text = string.Join(' ', answer);
        if (Words.Numbers(answer, _nodes) is not { Length: > 0 } path)
            return new Grade(0, Verdict.Unparsable, "an answer is a row of nodes", text);
        if (path[0] != question.Root) return new Grade(0, Verdict.Wrong, $"starts at {path[0]}, not {question.Root}", text);
        for (var i = 1; i < path.Length; i++)
            if (!question.Next[path[i - 1]].Contains(path[i]))
                return new Grade(0, Verdict.Wrong, $"there is no edge from {path[i - 1]} to {path[i]}", text);
        return path[^1] == question.Target
            ? new Grade(1, Verdict.Right, $"reaches {question.Target} in {path.Length - 1} hops", text)
            : new Grade(0, Verdict.Wrong, $"ends at {path[^1]}, not {question.Target}", text);
    }

    /// <summary>One of the shortest paths, each as likely as the others.</summary>
    public Demonstration? Demonstrate(Problem problem, Random random)
    {
        if (Read(problem) is not { } question) return null;
        // Level i holds the nodes that exactly i hops from the root can reach, and in how many ways.
        var levels = new List<Dictionary<int, long>> { new() { [question.Root] = 1 } };
        while (!levels[^1].ContainsKey(question.Target))
        {
            if (levels[^1].Count == 0 || levels.Count > _nodes) return null;
            var ways = new Dictionary<int, long>();
            foreach (var (node, count) in levels[^1])
                foreach (var next in question.Next[node]) ways[next] = ways.GetValueOrDefault(next) + count;
            levels.Add(ways);
        }
        // Backwards, with predecessors weighted by their ways, every path comes out equally often.
        var path = new List<int> { question.Target };
        for (var i = levels.Count - 2; i >= 0; i--)
        {
            var before = levels[i].Where(l => question.Next[l.Key].Contains(path[0])).ToArray();
            var left = random.NextInt64(before.Sum(l => l.Value));
            path.Insert(0, before.First(l => (left -= l.Value) < 0).Key);
        }
        var answer = path.Select(n => Words.Text(n)).ToArray();
        return thoughts == PathThoughts.Path
            ? Words.Worked(Words.Thoughts(answer[1..]), answer)
            : Words.Worked(levels.Skip(1).Select(l => Shared([.. l.Keys])), answer);
    }

    /// <summary>
    /// The chance that a walk from the root which takes every edge of its node equally often comes to the target. Walks longer
    /// than D count too: they make about half of it in the standard size, though <see cref="CompletionLength"/> has no room for
    /// them, so as a floor under pass@k it is on the safe side.
    /// </summary>
    public double? GuessChance(Problem problem)
    {
        if (Read(problem) is not { } question) return null;
        var here = new Dictionary<int, double> { [question.Root] = 1 };
        double arrived = 0;
        for (var hop = 0; hop < _nodes && here.Count > 0; hop++)
        {
            arrived += here.GetValueOrDefault(question.Target);
            here.Remove(question.Target);
            var after = new Dictionary<int, double>();
            foreach (var (node, share) in here)
                foreach (var next in question.Next[node])
                    after[next] = after.GetValueOrDefault(next) + share / question.Next[node].Count;
            here = after;
        }
        return arrived;
    }

    private static DemonstrationStep Shared(int[] set) =>
        new([.. set.Order().Select(n => new WeightedWord(Words.Text(n), 1.0 / set.Length))], true);

    private sealed record Question(IReadOnlyList<IReadOnlyList<int>> Next, int Root, int Target);

    private (string Content, Problem Problem) Draw(StableRandom random)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var next = Enumerable.Range(0, _nodes).Select(i => Successors(i, random)).ToArray();
            var far = Distances(next).Index().Where(d => d.Item == _distance).Select(d => d.Index).ToArray();
            if (far.Length == 0) continue;
            var target = random.Pick(far);
            var content = string.Join(' ', next.SelectMany((to, from) => to.Order().Select(t => $"{from}-{t}"))) + $" {target}";
            var names = random.Pick(Enumerable.Range(0, _nodes), _nodes);
            var edges = next.SelectMany((to, from) => to.Select(t => $"{names[from]}&{Target(names[t])}")).ToArray();
            var prompt = $"{string.Join(' ', random.Pick(edges, edges.Length))} {names[0]} {names[target]} {Words.Ask}";
            return (content, new Problem($"{Name}/{StableHash.Of(content):x16}", prompt, Words.Text(names[target])));
        }
        throw new InvalidOperationException(
            $"no path of {_distance} hops came up in {Attempts} graphs of {_nodes} nodes with a window of {_window}");
    }

    private int[] Successors(int node, StableRandom random)
    {
        var after = _nodes - 1 - node;
        return random.Pick(Enumerable.Range(node + 1, Math.Min(_window, after)), Math.Min(OutDegree, after));
    }

    /// <summary>Hops from node 0; −1 where there is no path. The hidden order is topological, so one pass does.</summary>
    private static int[] Distances(int[][] next)
    {
        var hops = Enumerable.Repeat(-1, next.Length).ToArray();
        hops[0] = 0;
        for (var i = 0; i < next.Length; i++)
            if (hops[i] >= 0)
                foreach (var j in next[i]) hops[j] = hops[j] < 0 ? hops[i] + 1 : Math.Min(hops[j], hops[i] + 1);
        return hops;
    }

    private Question? Read(Problem problem)
    {
        if (Words.QuestionOf(problem.Prompt) is not [.. var edges, var root, var target]) return null;
        if (Words.Number(root, _nodes) is not { } from || Words.Number(target, _nodes) is not { } to) return null;
        var next = Enumerable.Range(0, _nodes).Select(_ => new List<int>()).ToArray();
        foreach (var edge in edges)
        {
            if (Words.Numbers(edge.Split("&>"), _nodes) is not [var source, var sink]) return null;
            next[source].Add(sink);
        }
        return new Question(next, from, to);
    }

    private static string Target(int node) => ">" + Words.Text(node);
}
