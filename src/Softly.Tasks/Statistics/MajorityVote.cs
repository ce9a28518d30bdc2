namespace Softly.Tasks.Statistics;

/// <summary>
/// Voting among answers to one problem. Answers that were verified to be the same form a class and vote together; ties go to the
/// class that came first; answers that were not found do not vote.
/// </summary>
public static class MajorityVote
{
    /// <summary>Up to so many choices of k answers are counted one by one; of more, this many are drawn.</summary>
    public const int Subsets = 4096;

    /// <summary>
    /// Sorts answers into classes by comparing each with the first of every class.
    /// </summary>
    /// <param name="answers">n answers in the samples' order; null where none was found.</param>
    /// <param name="same">Whether two answers are one.</param>
    /// <returns>For every answer the index of the first that is the same; null for null.</returns>
    public static int?[] Classes(IReadOnlyList<string?> answers, Func<string, string, bool> same)
    {
        var classes = new int?[answers.Count];
        var firsts = new List<int>();
        for (var i = 0; i < answers.Count; i++)
        {
            if (answers[i] is not { } answer) continue;
            var at = firsts.FindIndex(f => answers[f] == answer);
            if (at < 0) at = firsts.FindIndex(f => same(answers[f]!, answer));
            classes[i] = at < 0 ? i : firsts[at];
            if (at < 0) firsts.Add(i);
        }
        return classes;
    }

    /// <summary>The class with the most answers; null where none votes.</summary>
    /// <param name="classes">As <see cref="Classes"/> gives them.</param>
    public static int? Winner(IEnumerable<int?> classes) =>
        classes.OfType<int>().Select((c, i) => (Class: c, Place: i)).GroupBy(x => x.Class)
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Min(x => x.Place)).FirstOrDefault()?.Key;

    /// <summary>
    /// maj@k: how often the vote of k of the n answers is right, over the choices of k in their order. All choices where there
    /// are at most <see cref="Subsets"/>, else that many drawn ones, the same for the same n and k.
    /// </summary>
    /// <param name="classes">n, as <see cref="Classes"/> gives them.</param>
    /// <param name="right">n: whether each answer is right. The first of the winning class decides.</param>
    /// <param name="k">From 1 to n.</param>
    public static double At(IReadOnlyList<int?> classes, IReadOnlyList<bool> right, int k)
    {
        var n = classes.Count;
        if (k < 1 || k > n)
            throw new ArgumentOutOfRangeException(nameof(k), k, $"maj@{k} needs at least {k} answers a problem, there are {n}");
        var votes = new Votes(classes, right);
        return Choices(n, k) <= Subsets ? OverAll(votes, n, k) : OverDrawn(votes, n, k);
    }

    private static double OverAll(Votes votes, int n, int k)
    {
        var chosen = new int[k];
        for (var i = 0; i < k; i++) chosen[i] = i;
        var (count, hits) = (0, 0);
        while (true)
        {
            count++;
            if (votes.AreRight(chosen)) hits++;
            var at = k - 1; // the last place that can move on
            while (at >= 0 && chosen[at] == n - k + at) at--;
            if (at < 0) return (double)hits / count;
            chosen[at]++;
            for (var i = at + 1; i < k; i++) chosen[i] = chosen[i - 1] + 1;
        }
    }

    private static double OverDrawn(Votes votes, int n, int k)
    {
        var random = new StableRandom(CombineSeed(n, k));
        var all = Enumerable.Range(0, n).ToArray();
        var hits = 0;
        for (var s = 0; s < Subsets; s++)
        {
            for (var i = 0; i < k; i++) // the first k of a shuffle
            {
                var j = i + random.Next(n - i);
                (all[i], all[j]) = (all[j], all[i]);
            }
            var chosen = all[..k];
            Array.Sort(chosen);
            if (votes.AreRight(chosen)) hits++;
        }
        return (double)hits / Subsets;
    }

    private static ulong CombineSeed(int n, int k) => ((ulong)n << 32) | (uint)k;

    /// <summary>C(n, k), or some number above <see cref="Subsets"/>.</summary>
    private static double Choices(int n, int k)
    {
        var choices = 1.0;
        for (var i = 1; i <= Math.Min(k, n - k) && choices <= Subsets; i++) choices = choices * (n - Math.Min(k, n - k) + i) / i;
        return choices;
    }

    /// <param name="classes">Labels of any size: where answers were left out, they are not the places that are left.</param>
    /// <param name="right">Whether each answer is right.</param>
    private sealed class Votes(IReadOnlyList<int?> classes, IReadOnlyList<bool> right)
    {
        private readonly int[] _places = Places(classes);
        private readonly int[] _counts = new int[classes.Count];

        /// <summary>Whether the vote of these, in order, is right.</summary>
        public bool AreRight(ReadOnlySpan<int> chosen)
        {
            Array.Clear(_counts);
            var most = 0;
            foreach (var i in chosen)
                if (_places[i] is >= 0 and var c) most = Math.Max(most, ++_counts[c]);
            if (most == 0) return false;
            foreach (var i in chosen)
                if (_places[i] is >= 0 and var c && _counts[c] == most) return right[i];
            return false;
        }

        /// <summary>For each answer the place of the first of its class; −1 for none.</summary>
        private static int[] Places(IReadOnlyList<int?> classes)
        {
            var first = new Dictionary<int, int>();
            for (var i = 0; i < classes.Count; i++)
                if (classes[i] is { } c) first.TryAdd(c, i);
            return [.. classes.Select(c => c is { } label ? first[label] : -1)];
        }
    }
}
