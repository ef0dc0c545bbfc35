namespace MAFlow.MLNet.Data;

/// <summary>A uniform random sample of rows that come one after the other, as many as there may be (Vitter 1985, algorithm R).</summary>
internal sealed class Reservoir(int size, int seed)
{
    private readonly Random _random = new(seed);

    public int Size => size;

    /// <summary>Where the row with this number is kept, which may be another's place; null if it is not kept.</summary>
    public long? PlaceOf(long row)
    {
        if (row < size)
        {
            return row;
        }

        var place = _random.NextInt64(row + 1);
        return place < size ? place : null;
    }
}
