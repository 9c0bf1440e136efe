/* What the pages do beyond showing text: charts, sortable tables, enlarged pictures, printing. */
"use strict";

(() => {
  const CHART_OPTIONS = {
    displaylogo: false,
    responsive: true,
    // On a touch screen the buttons would always cover the legend.
    displayModeBar: window.matchMedia("(hover: none)").matches ? false : "hover",
    // Plotly's own set has a button that sends the chart's data to a server.
    showSendToCloud: false,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
    toImageButtonOptions: { format: "svg" },
  };
  const ROWS_PER_PAGE = 25;
  const PRINT_WIDTH_PX = 690;

  function drawCharts() {
    for (const holder of document.querySelectorAll("[data-chart]")) {
      const figure = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
      Plotly.newPlot(holder, figure.data, figure.layout, CHART_OPTIONS).then(() => {
        holder.dataset.drawn = "yes";
      });
    }
  }

  function makeTablesSortable() {
    const tables = [];
    for (const table of document.querySelectorAll("table[data-sortable]")) {
      const many = table.tBodies[0].rows.length > ROWS_PER_PAGE;
      const made = new DataTable(table, {
        order: [],
        autoWidth: false,
        paging: many,
        pageLength: ROWS_PER_PAGE,
        searching: many || table.dataset.sortable === "filter",
        layout: {
          topStart: document.getElementById(`${table.id}-filter`),
          topEnd: many || table.dataset.sortable === "filter" ? "search" : null,
          bottomStart: many ? "info" : null,
          bottomEnd: many ? "paging" : null,
        },
        language: { search: "Find", lengthMenu: "_MENU_ rows", zeroRecords: "No row fits." },
      });
      table.dataset.ready = "yes";
      tables.push(made);
      connectFilters(table, made);
    }
    return tables;
  }

  function connectFilters(table, made) {
    for (const select of document.querySelectorAll(`select[data-filters="${table.id}"]`)) {
      select.addEventListener("change", () => {
        const wanted = select.value;
        made
          .column(Number(select.dataset.column))
          .search(wanted === "" ? "" : (text) => text === wanted)
          .draw();
      });
    }
  }

  function connectViewer() {
    const viewer = document.querySelector("dialog.viewer");
    if (!viewer) return;
    const thumbs = [...document.querySelectorAll(".thumb")];
    const [ground, lines] = ["ground", "lines"].map((kind) => viewer.querySelector(`img.${kind}`));
    const title = viewer.querySelector(".title");
    const more = viewer.querySelector("small");
    const [previous, next, close] = ["previous", "next", "close"].map((name) =>
      viewer.querySelector(`button[data-do="${name}"]`),
    );
    const outlines = viewer.querySelector('button[data-do="outlines"]');
    let shown = 0;

    function show(place) {
      shown = Math.max(0, Math.min(thumbs.length - 1, place));
      const thumb = thumbs[shown];
      for (const image of [ground, lines]) {
        const small = thumb.querySelector(`img.${image.className}`);
        image.src = small.src;
        image.alt = small.alt;
      }
      title.textContent = thumb.dataset.title;
      more.textContent = thumb.dataset.more;
      previous.disabled = shown === 0;
      next.disabled = shown === thumbs.length - 1;
    }

    function switchOutlines() {
      const on = lines.hidden;
      lines.hidden = !on;
      outlines.setAttribute("aria-checked", String(on));
      outlines.textContent = `Outlines ${on ? "on" : "off"}`;
    }

    thumbs.forEach((thumb, place) =>
      thumb.addEventListener("click", () => {
        show(place);
        viewer.showModal();
      }),
    );
    outlines.addEventListener("click", switchOutlines);
    previous.addEventListener("click", () => show(shown - 1));
    next.addEventListener("click", () => show(shown + 1));
    close.addEventListener("click", () => viewer.close());
    viewer.addEventListener("click", (event) => {
      if (event.target === viewer) viewer.close();
    });
    viewer.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") show(shown - 1);
      if (event.key === "ArrowRight") show(shown + 1);
      const command = event.ctrlKey || event.metaKey || event.altKey;
      if (event.key.toLowerCase() === "o" && !command && !event.repeat) switchOutlines();
    });
    viewer.addEventListener("close", () => thumbs[shown].focus());
  }

  function preparePrinting(tables) {
    window.addEventListener("beforeprint", () => {
      tables.forEach((table) => table.page.len(-1).draw("page"));
      for (const holder of document.querySelectorAll("[data-drawn]")) {
        Plotly.relayout(holder, { width: PRINT_WIDTH_PX });
      }
    });
    window.addEventListener("afterprint", () => {
      tables.forEach((table) => table.page.len(ROWS_PER_PAGE).draw());
      for (const holder of document.querySelectorAll("[data-drawn]")) {
        Plotly.relayout(holder, { width: null, autosize: true });
      }
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    drawCharts();
    const tables = makeTablesSortable();
    connectViewer();
    preparePrinting(tables);
    document.documentElement.dataset.ready = "yes";
  });
})();
