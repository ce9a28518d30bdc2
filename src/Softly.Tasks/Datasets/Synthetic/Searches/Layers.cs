namespace Softly.Tasks;

/// <summary>The sets of states that 0, 1, … steps lead to from a start, and in how many ways each.</summary>
internal sealed class Layers
{
    private readonly Func<int, int, IEnumerable<int>> _next;
    private readonly List<Dictionary<int, long>> _ways;

    /// <param name="start">Where the search begins.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="next">Where step t (from 0) leads to from a state, each state once.</param>
    public Layers(int start, int steps, Func<int, int, IEnumerable<int>> next)
    {
        (_next, _ways) = (next, [new() { [start] = 1 }]);
        for (var step = 0; step < steps; step++)
        {
            var after = new Dictionary<int, long>();
            foreach (var (state, count) in _ways[^1])
                foreach (var to in next(step, state)) after[to] = after.GetValueOrDefault(to) + count;
            _ways.Add(after);
        }
    }

    /// <summary>The set after step t, smallest first; t = 0 is the start alone.</summary>
    public int[] this[int t] => [.. _ways[t].Keys.Order()];

    /// <summary>Whether all steps together can lead to a state.</summary>
    public bool Reach(int state) => _ways[^1].ContainsKey(state);

    /// <summary>In how many ways the first t steps lead to a state.</summary>
    public long Ways(int t, int state) => _ways[t].GetValueOrDefault(state);

    /// <summary>A way to a state that <see cref="Reach"/> has, without the start: each way as likely as the others.</summary>
    public int[] Way(int target, Random random)
    {
        var way = new int[_ways.Count - 1];
        for (var t = way.Length - 1; t >= 0; t--)
        {
            way[t] = target;
            // Backwards, with predecessors weighted by their ways, every way comes out equally often.
            var before = _ways[t].Where(w => _next(t, w.Key).Contains(target)).ToArray();
            var left = random.NextInt64(before.Sum(w => w.Value));
            target = before.First(w => (left -= w.Value) < 0).Key;
        }
        return way;
    }
}
