using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>An explicit Runge-Kutta solve of a pair potential between two knots in the coordinates of the waves, which such methods commute
/// with, and its exact derivative.</summary>
/// <remarks>
/// Only the points of the stages are kept, N numbers a row: features and what they feel, F times as many, are formed again in the reverse
/// pass. With adjoint λ of the point and upstream ℓ̄ of ∫∇²φ: v̄ᵢ = ε (bᵢ λ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ), l̄ᵢ = ε bᵢ ℓ̄,
/// Z̄ᵢ = ∂/∂Zᵢ (v̄ᵢ·∇φ + l̄ᵢ ∇²φ) and λ ← λ + Σᵢ Z̄ᵢ.
/// </remarks>
/// <param name="shape">Sizes.</param>
/// <param name="tableau">Method.</param>
/// <param name="piece">Times and steps.</param>
internal sealed class PairSolve(PairShape shape, ButcherTableau tableau, TimeGrid piece)
{
    // Numbers of one tensor of features at a time: what a processor's cache holds, yet enough rows for products of matrices.
    private const long NumbersAtOnce = 1 << 18;
    private const long LeastRows = 16;

    /// <summary>Points of all stages of a solve, shape [dn, N, R].</summary>
    public Tensor MakeRecord(Tensor waves) => LargeBuffer.Empty([(long)piece.StepsPerPiece * tableau.Stages, .. waves.shape], waves);

    /// <summary>Integrates along the piece.</summary>
    /// <param name="waves">Points at its start, shape [N, R].</param>
    /// <param name="terms">φ.</param>
    /// <param name="record">Receives the points of all stages; null where nobody wants them.</param>
    /// <returns>Points at the end, and ∫∇²φ dt of each column [R].</returns>
    public (Tensor Waves, Tensor Laplacian) Integrate(Tensor waves, PairTerms terms, Tensor? record)
    {
        using var scope = NewDisposeScope();
        using var stages = new PairMoments(shape, terms, waves);
        var (x, laplacian) = (waves.clone(), zeros(waves.shape[1], dtype: waves.dtype, device: waves.device));
        var rates = Enumerable.Range(0, tableau.Stages).Select(_ => empty_like(waves)).ToArray();
        using Scalar epsilon = piece.Step.ToScalar();
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            for (var i = 0; i < tableau.Stages; i++)
            {
                using var stageScope = NewDisposeScope();
                var point = record is null ? x.clone() : record[((long)step * tableau.Stages) + i].copy_(x);
                for (var j = 0; j < i; j++)
                {
                    TableauScalars.Add(point, rates[j], tableau.Scalars.A[i][j]);
                }

                var stage = stages.At((step + tableau.C[i]) / piece.StepsPerPiece);
                foreach (var (start, count) in Chunks(waves))
                {
                    using var chunkScope = NewDisposeScope();
                    var (velocity, divergence) = stage.At(Columns(point, start, count), withLaplacian: true);
                    Columns(rates[i], start, count, velocity.mul_(epsilon));
                    if (tableau.Scalars.B[i] is { } weight)
                    {
                        PlusColumns(laplacian, start, count, divergence!.mul_(weight));
                    }
                }
            }

            for (var i = 0; i < tableau.Stages; i++)
            {
                TableauScalars.Add(x, rates[i], tableau.Scalars.B[i]);
            }
        }

        return (x.MoveToOuterDisposeScope(), laplacian.mul_(epsilon).MoveToOuterDisposeScope());
    }

    /// <summary>The derivative of a solve.</summary>
    /// <param name="terms">φ.</param>
    /// <param name="record">Points of all stages.</param>
    /// <param name="adjoint">∂L/∂x at the end, as waves [N, R].</param>
    /// <param name="upstream">∂L/∂∫∇²φ of each column [R]; null where it is zero.</param>
    /// <returns>∂L/∂x at the start, and the derivatives by the terms.</returns>
    public (Tensor Adjoint, IReadOnlyList<Tensor> Terms) Differentiate(PairTerms terms, Tensor record, Tensor adjoint, Tensor? upstream)
    {
        using var scope = NewDisposeScope();
        using var stages = new PairMoments(shape, terms, adjoint);
        var sums = new PairGradients(shape, terms);
        adjoint = adjoint.clone();
        var results = Enumerable.Range(0, tableau.Stages).Select(_ => empty_like(adjoint)).ToArray();
        using Scalar epsilon = piece.Step.ToScalar();
        for (var step = piece.StepsPerPiece - 1; step >= 0; step--)
        {
            for (var i = tableau.Stages - 1; i >= 0; i--)
            {
                using var stageScope = NewDisposeScope();
                var cotangent = zeros_like(adjoint);
                TableauScalars.Add(cotangent, adjoint, tableau.Scalars.B[i]);
                for (var l = i + 1; l < tableau.Stages; l++)
                {
                    TableauScalars.Add(cotangent, results[l], tableau.Scalars.A[l][i]);
                }

                cotangent.mul_(epsilon);
                var share = tableau.Scalars.B[i] is { } weight && upstream is not null ? upstream.mul(weight).mul_(epsilon) : null;
                sums.Fraction = (step + tableau.C[i]) / piece.StepsPerPiece;
                var stage = stages.At(sums.Fraction);
                var point = record[((long)step * tableau.Stages) + i];
                foreach (var (start, count) in Chunks(adjoint))
                {
                    using var chunkScope = NewDisposeScope();
                    var (pulled, _, _) = stage.Reverse(
                        Columns(point, start, count), Columns(cotangent, start, count),
                        share is null ? null : Columns(share.unsqueeze(0), start, count).squeeze(0), sums);
                    Columns(results[i], start, count, pulled);
                }
            }

            foreach (var result in results)
            {
                adjoint.Add_(result);
            }
        }

        return (adjoint.MoveToOuterDisposeScope(), [.. sums.Totals().Select(sum => sum.MoveToOuterDisposeScope())]);
    }

    private IEnumerable<(long Start, long Count)> Chunks(Tensor waves)
    {
        var rows = waves.shape[1] / shape.Components;
        var most = Math.Max(LeastRows, NumbersAtOnce / (shape.Sites * shape.Features * shape.Components));
        var chunks = (rows + most - 1) / most;
        for (var chunk = 0L; chunk < chunks; chunk++)
        {
            var start = rows * chunk / chunks;
            yield return (start, (rows * (chunk + 1) / chunks) - start);
        }
    }

    /// <summary>The columns of some rows, in a tensor of their own where they are not all.</summary>
    private Tensor Columns(Tensor columns, long start, long count) => Rows(columns, start, count).reshape(columns.shape[0], -1);

    private void Columns(Tensor columns, long start, long count, Tensor values)
    {
        var rows = Rows(columns, start, count);
        rows.copy_(values.view(rows.shape));
    }

    private void PlusColumns(Tensor columns, long start, long count, Tensor values)
    {
        var rows = Rows(columns.unsqueeze(0), start, count);
        rows.Add_(values.view(rows.shape));
    }

    private Tensor Rows(Tensor columns, long start, long count) =>
        columns.view(columns.shape[0], shape.Components, -1).narrow(2, start, count);
}
