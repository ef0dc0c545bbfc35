using System.Text;
using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>What else processes tell each other, all of it made of sums.</summary>
internal static class CollectiveSums
{
    /// <summary>The share of this process of rows that all of them hold: consecutive ones, as many as any other, or one more.</summary>
    public static (long First, long Count) Share(this ICollective collective, long rows)
    {
        var first = rows * collective.Rank / collective.Size;
        return (first, (rows * (collective.Rank + 1) / collective.Size) - first);
    }

    /// <summary>The number of process 0.</summary>
    public static double OfFirst(this ICollective collective, double value) =>
        collective.Size == 1 ? value : collective.Sum(collective.Rank == 0 ? value : 0);

    /// <summary>Replaces tensors of any type by those of process 0.</summary>
    public static void TakeOfFirst(this ICollective collective, params IEnumerable<Tensor> values)
    {
        if (collective.Size == 1)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Row numbers and bytes are far below what a double holds exactly.
        var held = values
            .Select(value => (Value: value, Told: value.detach().to(value.dtype == float32 ? float32 : float64, copy: true)))
            .ToList();
        if (collective.Rank != 0)
        {
            held.ForEach(pair => pair.Told.zero_());
        }

        collective.SumAll(held.Select(pair => pair.Told));
        held.ForEach(pair => pair.Value.detach().copy_(pair.Told));
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
