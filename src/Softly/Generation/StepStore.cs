using Softly.Rollouts;

namespace Softly.Generation;

/// <summary>Room for the stored slots of steps: large arrays that many steps share, so that no step allocates its own.</summary>
/// <param name="slots">K.</param>
internal sealed class StepStore(int slots)
{
    /// <summary>Numbers in an array; below the size from which arrays are never moved or collected early.</summary>
    private const int Numbers = 8192;

    private readonly int _steps = Math.Max(16, Numbers / slots);
    private Place _next;

    /// <summary>The slots of one step, all closed.</summary>
    public Place Take()
    {
        if (_next.Ids is null || _next.Index == _steps)
        {
            var count = _steps * slots;
            _next = new Place(new long[count], new bool[count], new float[count], new float[count], new float[count], 0, slots);
        }
        var taken = _next;
        _next = _next with { Index = _next.Index + 1 };
        return taken;
    }

    /// <summary>The slots of a step.</summary>
    internal readonly record struct Place(
        long[] Ids, bool[] Kept, float[] LogP, float[] Weights, float[] Values, int Index, int Slots)
    {
        public int Start => Index * Slots;

        /// <summary>As a rollout stores them.</summary>
        public StepSlots Stored() => new(
            Ids.AsMemory(Start, Slots), Kept.AsMemory(Start, Slots), LogP.AsMemory(Start, Slots), Weights.AsMemory(Start, Slots),
            Values.AsMemory(Start, Slots));
    }
}
