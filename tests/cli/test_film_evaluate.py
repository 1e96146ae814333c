import json

SMALL = ["--frames", 4, "--pixels", 4096, "--keyframes", 1, "--threads", 1]


def test_film_evaluate(run, folder):
    code, out, err = run(
        "film", "evaluate", "coffee, still", "-o", "films", "--design", "motion", "--markdown", "films.md", *SMALL
    )
    assert code == 0, err
    assert "coffee, still (to tune)" in out
    assert out.rstrip().splitlines()[-1].split()[:3] == ["motion", "1", "1"]  # the summary comes last
    assert "coffee, still, keyframes 1: motion" in err
    content = json.loads((folder / "films" / "report.json").read_text())
    assert [score["design"] for score in content["scores"]] == ["frame by frame", "motion"]
    assert (content["pixels"], content["frames"], content["mode"]) == (4096, 4, "colorize")
    assert (folder / "films.md").read_text().startswith("# How steady")
    code, out, err = run("film", "evaluate", "coffee, still", "-o", "films", "--design", "motion", "--json", *SMALL)
    assert code == 0
    assert json.loads(out)["scores"] == content["scores"]
    assert err == ""


def test_film_evaluate_refuses(run, folder):
    for arguments, said in (
        (["--half", "tune"], "--half would change nothing where clips are named"),
        (["--mode", "transfer", "--keyframes", "3"], "--keyframes would change nothing in a transfer"),
        (["--keyframes", "2"], "--keyframes must be 1, 3 or 1,3, got '2'"),
        (["--data", "nowhere"], "cannot read nowhere: --data names a folder"),
        (["--design", "best"], "there is no design 'best' of colorize"),
    ):
        code, _, err = run("film", "evaluate", "coffee, still", "-o", "films", *arguments)
        assert code in (1, 2)
        assert said in err
    code, _, err = run("film", "evaluate", "coffee, still", "-o", ".")
    assert code == 2
    assert "holds other files" in err
