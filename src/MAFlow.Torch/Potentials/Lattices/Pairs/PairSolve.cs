using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>An explicit Runge-Kutta solve of a pair potential between two knots in the coordinates of the waves, which such methods commute
/// with, and its exact derivative.</summary>
/// <remarks>
/// Only the points of the stages are kept, N numbers a row: features and what they feel, F times as many, are formed again in the reverse
/// pass. With adjoint λ of the point and upstream ℓ̄ of ∫∇²φ: v̄ᵢ = ε (bᵢ λ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ), l̄ᵢ = ε bᵢ ℓ̄,
/// Z̄ᵢ = ∂/∂Zᵢ (v̄ᵢ·∇φ + l̄ᵢ ∇²φ) and λ ← λ + Σᵢ Z̄ᵢ. A score s = ∇ ln p goes along by ds/dt = -(∇∇φ s + ∇∇²φ).
/// </remarks>
/// <param name="shape">Sizes.</param>
/// <param name="tableau">Method.</param>
/// <param name="piece">Times and steps.</param>
internal sealed class PairSolve(PairShape shape, ButcherTableau tableau, TimeGrid piece)
{
    /// <summary>Points of all stages of a solve, shape [dn, N, R].</summary>
    public Tensor MakeRecord(Tensor waves) => LargeBuffer.Empty([(long)piece.StepsPerPiece * tableau.Stages, .. waves.shape], waves);

    /// <summary>Integrates along the piece.</summary>
    /// <param name="waves">Points at its start, shape [N, R].</param>
    /// <param name="score">∇ ln p there as waves, shape [N, R]; null where it is not wanted.</param>
    /// <param name="terms">φ.</param>
    /// <param name="record">Receives the points of all stages; null where nobody wants them.</param>
    /// <returns>Points at the end, ∫∇²φ dt of each column [R], and the score at the end.</returns>
    public (Tensor Waves, Tensor Laplacian, Tensor? Score) Integrate(Tensor waves, Tensor? score, PairTerms terms, Tensor? record)
    {
        using var scope = NewDisposeScope();
        using var stages = new PairMoments(shape, terms, waves);
        using Scalar epsilon = piece.Step.ToScalar();
        var (x, laplacian) = (new StagePath(waves, tableau, epsilon), zeros(waves.shape[1], dtype: waves.dtype, device: waves.device));
        var s = score is null ? null : new StagePath(score, tableau, epsilon);
        var unit = s is null ? null : ones_like(laplacian);
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            for (var i = 0; i < tableau.Stages; i++)
            {
                using var stageScope = NewDisposeScope();
                var point = x.Stage(i, record?[((long)step * tableau.Stages) + i]);
                var stage = stages.At((step + tableau.C[i]) / piece.StepsPerPiece);
                Tensor velocity, divergence;
                if (s is null)
                {
                    (velocity, divergence) = stage.At(point);
                }
                else
                {
                    (var change, velocity, divergence) = stage.Reverse(point, s.Stage(i), unit, sums: null);
                    s.Keep(i, change.neg_());
                }

                x.Keep(i, velocity);
                TableauScalars.Add(laplacian, divergence, tableau.Scalars.B[i]);
            }

            x.Advance();
            s?.Advance();
        }

        return (x.Now.MoveToOuterDisposeScope(), laplacian.mul_(epsilon).MoveToOuterDisposeScope(), s?.Now.MoveToOuterDisposeScope());
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

                var share = tableau.Scalars.B[i] is { } weight && upstream is not null ? upstream.mul(weight).mul_(epsilon) : null;
                sums.Fraction = (step + tableau.C[i]) / piece.StepsPerPiece;
                var point = record[((long)step * tableau.Stages) + i];
                results[i].copy_(stages.At(sums.Fraction).Reverse(point, cotangent.mul_(epsilon), share, sums).ByPoint);
            }

            foreach (var result in results)
            {
                adjoint.Add_(result);
            }
        }

        return (adjoint.MoveToOuterDisposeScope(), [.. sums.Totals().Select(sum => sum.MoveToOuterDisposeScope())]);
    }
}
