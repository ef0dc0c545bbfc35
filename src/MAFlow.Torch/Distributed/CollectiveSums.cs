using System.Text;
using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>What else processes tell each other, all of it made of sums.</summary>
internal static class CollectiveSums
{
    /// <summary>The share of this process of rows that all of them hold: consecutive ones, as many as the others have, or one more.</summary>
    public static (long First, long Count) Share(this ICollective collective, long rows)
    {
        var first = rows * collective.Rank / collective.Size;
        return (first, (rows * (collective.Rank + 1) / collective.Size) - first);
    }

    /// <summary>The number of process 0.</summary>
    public static double OfFirst(this ICollective collective, double value) =>
        collective.Size == 1 ? value : collective.Sum(collective.Rank == 0 ? value : 0);

    /// <summary>Replaces a tensor of any type by that of process 0.</summary>
    public static void TakeOfFirst(this ICollective collective, Tensor values)
    {
        if (collective.Size == 1)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Row numbers and bytes are far below what a double holds exactly.
        var isSummed = values.dtype is ScalarType.Float32 or ScalarType.Float64 && values.is_contiguous();
        var told = isSummed ? values.detach() : values.detach().to(float64).contiguous();
        if (collective.Rank != 0)
        {
            told.zero_();
        }

        collective.Sum(told);
        if (!isSummed)
        {
            values.copy_(told);
        }
    }

    /// <summary>The text of process 0.</summary>
    public static string OfFirst(this ICollective collective, string text)
    {
        if (collective.Size == 1)
        {
            return text;
        }

        using var scope = NewDisposeScope();
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = (long)collective.OfFirst(bytes.Length);
        var told = zeros(length, dtype: float64);
        if (collective.Rank == 0)
        {
            told.copy_(tensor(Array.ConvertAll(bytes, letter => (double)letter)));
        }

        collective.Sum(told);
        return Encoding.UTF8.GetString(Array.ConvertAll(told.data<double>().ToArray(), letter => (byte)letter));
    }

    /// <summary>The rows of all processes, in their order, on the CPU.</summary>
    /// <param name="collective">The processes.</param>
    /// <param name="own">The rows of this one, shape [count], as <see cref="Share"/> gives them.</param>
    /// <param name="rows">Number of rows of all.</param>
    public static Tensor Gather(this ICollective collective, Tensor own, long rows)
    {
        if (collective.Size == 1)
        {
            return own.alias();
        }

        using var scope = NewDisposeScope();
        var (first, count) = collective.Share(rows);
        var all = zeros(rows, dtype: float64);
        all.narrow(0, first, count).copy_(own);
        collective.Sum(all);
        return all.MoveToOuterDisposeScope();
    }

    /// <summary>Replaces tensors by their sums, those of one type in one go.</summary>
    public static void SumAll(this ICollective collective, IEnumerable<Tensor> values)
    {
        if (collective.Size == 1)
        {
            return;
        }

        using var _ = no_grad();
        foreach (var same in values.GroupBy(value => value.dtype).OrderBy(group => group.Key))
        {
            using var scope = NewDisposeScope();
            var parts = same.ToList();
            var flat = cat([.. parts.Select(part => part.detach().reshape(-1))]);
            collective.Sum(flat);
            var start = 0L;
            foreach (var part in parts)
            {
                part.detach().copy_(flat.narrow(0, start, part.numel()).reshape(part.shape));
                start += part.numel();
            }
        }
    }
}
