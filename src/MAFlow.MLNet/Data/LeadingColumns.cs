using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>The features of a row that contribute most, in the order of |contribution|, the largest first.</summary>
internal static class LeadingColumns
{
    /// <summary>Their names; empty where the row has no contributions.</summary>
    public static MappedColumn Features(string name, int count, Func<int, ReadOnlyMemory<char>> names) =>
        MappedColumn.OfContributions(name, new VectorDataViewType(TextDataViewType.Instance, count),
            (MappedBatch batch, int row, ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                var editor = VBufferEditor.Create(ref value, count);
                var contributions = batch.ContributionsOf(row);
                var leading = Leading(contributions, count);
                for (var i = 0; i < count; i++)
                {
                    editor.Values[i] = float.IsNaN(contributions[leading[i]]) ? default : names(leading[i]);
                }

                value = editor.Commit();
            });

    /// <summary>Their contributions; NaN where the row has none.</summary>
    public static MappedColumn Contributions(string name, int count) =>
        MappedColumn.OfContributions(name, new VectorDataViewType(NumberDataViewType.Single, count),
            (MappedBatch batch, int row, ref VBuffer<float> value) =>
            {
                var editor = VBufferEditor.Create(ref value, count);
                var contributions = batch.ContributionsOf(row);
                var leading = Leading(contributions, count);
                for (var i = 0; i < count; i++)
                {
                    editor.Values[i] = contributions[leading[i]];
                }

                value = editor.Commit();
            });

    private static int[] Leading(ReadOnlySpan<float> contributions, int count)
    {
        var order = new int[contributions.Length];
        var sizes = new float[contributions.Length];
        for (var i = 0; i < order.Length; i++)
        {
            // Equal ones, and those that are no numbers, stay in the order of the features.
            (order[i], sizes[i]) = (i, float.IsNaN(contributions[i]) ? 0 : Math.Abs(contributions[i]));
        }

        return [.. order.OrderByDescending(i => sizes[i]).Take(count)];
    }
}
