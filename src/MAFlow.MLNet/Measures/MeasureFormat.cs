using MAFlow.Scoring.Neighbours;

namespace MAFlow.MLNet.Measures;

/// <summary>Writes a <see cref="RankingMeasure"/>, and reads it without trusting it.</summary>
internal static class MeasureFormat
{
    // Distances of ordinary rows in a curve, and references in an index, are a few thousand; no file of ours has more.
    private const int MaxRows = 1 << 16;

    public static void Write(BinaryWriter writer, RankingMeasure measure)
    {
        // *** Binary format ***, little-endian
        // for each index, first that of codes: int k, float[N] centre, float[N] scale, int R, float[R N] references
        // for -ln p and each index of a sum: float weight, int n, float[n] measures of ordinary rows in ascending order
        foreach (var index in measure.Indices)
        {
            writer.Write(index.Neighbours);
            WriteNumbers(writer, index.Centre);
            WriteNumbers(writer, index.Scale);
            writer.Write(index.Count);
            WriteNumbers(writer, index.Rows);
        }

        foreach (var curve in measure.Curves)
        {
            writer.Write(curve.Weight);
            writer.Write(curve.Sorted.Length);
            WriteNumbers(writer, curve.Sorted);
        }
    }

    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> writes for such a measure.</exception>
    public static RankingMeasure Read(BinaryReader reader, AnomalyMeasure kind, int dimension)
    {
        var codes = kind == AnomalyMeasure.Neighbours ? null : ReadIndex(reader, dimension);
        var rows = kind == AnomalyMeasure.LatentNeighbours ? null : ReadIndex(reader, dimension);
        var measure = new RankingMeasure(codes, rows, []);
        return kind == AnomalyMeasure.Combined
            ? measure with { Curves = [ReadCurve(reader), ReadCurve(reader), ReadCurve(reader)] }
            : measure;
    }

    private static NeighbourIndex ReadIndex(BinaryReader reader, int dimension)
    {
        var neighbours = ReadCount(reader, MeasureFit.MaxNeighbours, "neighbours");
        var centre = ReadNumbers(reader, dimension);
        var scale = ReadNumbers(reader, dimension);
        var count = ReadCount(reader, MaxRows, "reference rows");
        return neighbours < count
            ? new(ReadNumbers(reader, (long)count * dimension), centre, scale, neighbours)
            : throw FlowSettingsFormat.Corrupt($"more reference rows than {neighbours} neighbours, got {count}");
    }

    private static SurvivalCurve ReadCurve(BinaryReader reader)
    {
        var weight = ReadNumbers(reader, 1)[0];
        var sorted = ReadNumbers(reader, ReadCount(reader, MaxRows, "measures"));
        return sorted.Zip(sorted.Skip(1)).All(pair => pair.First <= pair.Second)
            ? new(sorted, weight)
            : throw FlowSettingsFormat.Corrupt("measures in ascending order, got others");
    }

    private static int ReadCount(BinaryReader reader, int most, string what)
    {
        RequireBytes(reader, sizeof(int));
        var count = reader.ReadInt32();
        return count >= 1 && count <= most ? count : throw FlowSettingsFormat.Corrupt($"1 to {most} {what}, got {count}");
    }

    private static void WriteNumbers(BinaryWriter writer, float[] numbers)
    {
        foreach (var number in numbers)
        {
            writer.Write(number);
        }
    }

    private static float[] ReadNumbers(BinaryReader reader, long count)
    {
        RequireBytes(reader, count * sizeof(float));
        var numbers = new float[count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.ReadSingle();
        }

        return Array.TrueForAll(numbers, float.IsFinite)
            ? numbers
            : throw FlowSettingsFormat.Corrupt("finite numbers in the measure of anomalies, got others");
    }

    private static void RequireBytes(BinaryReader reader, long count)
    {
        var available = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count > available)
        {
            throw FlowSettingsFormat.Corrupt($"{count} bytes more in the measure of anomalies, got {available}");
        }
    }
}
