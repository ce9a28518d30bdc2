namespace Softly.Tasks;

/// <summary>
/// Which candidates are sums of some of the numbers: one of each of two groups is. Every number is added or left out, so thought
/// t is the set of sums that the first t numbers can make, up to 2^t of them; which numbers make the sum is not asked.
/// </summary>
/// <remarks>
/// <para>
/// The numbers stand first, each one position (<c>+7</c>), so the t-th is always at the same place; the start is the sum
/// <c>0</c>. A number of the row, the total and what the total without one number leaves can be told without a search, and so can
/// what is smaller than every number or larger than all but the smallest together: none of them is a candidate. Candidates lie
/// between, and the right one is as often the nearest of its group to half the total, around which sums lie closer together, as
/// the farthest, or any other. Where a sum of some numbers is, there is the sum of the others too: no two candidates add up to
/// the total.
/// </para>
/// <para>One row of numbers in ten is held out, in all orders and with all questions about it.</para>
/// </remarks>
public sealed class SubsetSums : SearchTask
{
    private readonly int _largest;

    /// <param name="settings">Reads terms (5), largest (24), candidates (6) and thoughts (path).</param>
    /// <exception cref="ArgumentException">A size is out of range, or they do not go together.</exception>
    public SubsetSums(TaskSettings? settings = null)
        : this(settings ??= new(), Size.Of(settings.Terms, 5, 4, 12, "task_terms"),
            Size.Of(settings.Largest, 24, 2, 200, "task_largest"), Size.Of(settings.Candidates, 6, 2, 100, "task_candidates"))
    {
    }

    private SubsetSums(TaskSettings settings, int terms, int largest, int candidates)
        : base("subset-sums", (terms * largest) + 1, Enumerable.Range(1, largest).Select(Term), 2, candidates,
            settings.Thoughts ?? ThoughtForm.Path)
    {
        (Steps, _largest) = (terms, largest);
        Description = $"which of {candidates} candidates of each of two groups is a sum of some of {terms} numbers from 1 to "
            + Words.Text(largest);
        CheckSizes("raise task_largest, or lower task_candidates");
    }

    /// <inheritdoc />
    public override string Description { get; }

    private protected override int Steps { get; }

    private protected override int Widest(int t) => Math.Min(1 << t, (t * _largest) + 1);

    private protected override (IReadOnlyList<string> Beginning, IEnumerable<int> Starts) Make(StableRandom random) =>
        ([.. Enumerable.Range(0, Steps).Select(_ => Term(random.Next(1, _largest)))], [0]);

    private protected override Ground? Read(IReadOnlyList<string> beginning)
    {
        if (Numbers(beginning) is not { } numbers) return null;
        var (least, total) = (numbers.Min(), numbers.Sum());
        return new Ground([.. Enumerable.Range(0, (Steps * _largest) + 1)], [0], (t, sum) => [sum, sum + numbers[t]])
        {
            StepsDiffer = true,
            Glance = (_, sum) => Math.Abs((2 * sum) - total),
            Twin = sum => sum <= total ? total - sum : sum,
            MayBe = (_, sum) => sum > least && sum < total - least && !numbers.Contains(sum) && !numbers.Contains(total - sum),
        };
    }

    private protected override string Content(IReadOnlyList<string> beginning) => string.Join(' ', Numbers(beginning)!.Order());

    private protected override string Miss(int start, int state) => $"{state} is not a sum of some of the numbers";

    private int[]? Numbers(IReadOnlyList<string> beginning) =>
        beginning.Count == Steps && beginning.All(w => w.StartsWith('+'))
            && Words.Numbers(beginning.Select(w => w[1..]), _largest + 1) is { } numbers && !numbers.Contains(0)
            ? numbers
            : null;

    private static string Term(int number) => "+" + Words.Text(number);
}
