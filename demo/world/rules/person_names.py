"""Names of people who do not exist."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Culture:
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]


def _culture(firsts: str, lasts: str) -> Culture:
    return Culture(tuple(firsts.split()), tuple(lasts.split()))


CULTURES = {
    "american": _culture(
        "Aaron Alicia Andre Bethany Caleb Carmen Darius Denise Elena Ethan Gloria Grant Hannah Isaac Jasmine Joel"
        " Keisha Kyle"
        " Laura Marcus Monica Nathan Olivia Omar Paige Rachel Reggie Sofia Tanya Trevor Vanessa Wesley Yolanda Zach",
        "Abbott Alvarez Barker Bishop Castillo Chambers Chen Coleman Delgado Dixon Fields Fletcher Garrett Greene"
        " Hubbard"
        " Jennings Kessler Lawson Marsh Mercado Nguyen Ortega Patel Pruitt Reyes Rhodes Sandoval Sharma Sutton Tran"
        " Vega"
        " Whitaker Yates Zimmer",
    ),
    "british": _culture(
        "Aisling Alistair Amelia Bronwen Callum Ciara Declan Eleanor Fergus Georgia Hamish Imogen Jack Kieran Lucy"
        " Maeve"
        " Niamh Oliver Philippa Rhys Rory Saoirse Tariq Una Zara",
        "Ashworth Baines Brennan Cartwright Doyle Fairclough Gallagher Hargreaves Iqbal Keating Lockwood MacLeod Nolan"
        " Ogilvie Pemberton Quinn Rafferty Sheridan Tattersall Underhill Walsh Whittaker",
    ),
    "german": _culture(
        "Anja Benedikt Birgit Carsten Dirk Elke Florian Greta Heike Ingo Jana Jonas Katrin Lars Lena Matthias Nadine"
        " Oliver"
        " Petra Ralf Sabine Stefan Tobias Ute Veronika Wolfgang",
        "Albrecht Baumann Brandt Dietrich Eberle Fuchs Gruber Hartmann Huber Jung Keller Lindner Maurer Neumann"
        " Pfeiffer"
        " Reinhardt Sauer Schuster Thiel Vogt Wegner Winkler Ziegler",
    ),
    "french": _culture(
        "Adrien Agathe Bastien Camille Claire Damien Élodie Fabien Gaëlle Hugo Inès Julien Karim Léa Manon Nadia"
        " Olivier"
        " Pauline Quentin Rémi Solène Théo Valérie Yann",
        "Aubert Barbier Chevalier Delorme Fabre Garnier Humbert Jacquet Lacroix Lemoine Marchand Noël Perrin Prévost"
        " Renaud Roussel Sauvage Tessier Vasseur Vidal",
    ),
    "hispanic": _culture(
        "Alejandra Andrés Beatriz Carlos Daniela Emilio Fernanda Gonzalo Inés Javier Lucía Manuel Marta Nuria Óscar"
        " Paloma"
        " Rafael Rocío Sergio Teresa Valeria",
        "Aguilar Benítez Cabrera Domínguez Escobar Fuentes Guerrero Herrera Ibáñez Lozano Medina Navarro Pacheco"
        " Quintero"
        " Rivas Salazar Trujillo Valdés Zamora",
    ),
    "lusophone": _culture(
        "Ana Bruno Caio Débora Eduardo Fabiana Gustavo Helena Inês João Larissa Mariana Nuno Otávio Patrícia Renata Rui"
        " Sílvia Tiago Vinícius",
        "Almeida Barros Cardoso Duarte Esteves Figueira Gonçalves Lacerda Macedo Neves Pinheiro Queiroz Ramalho Salgado"
        " Tavares Vasconcelos Xavier",
    ),
    "italian": _culture(
        "Alessia Bruno Chiara Davide Elisa Fabio Giulia Ilaria Lorenzo Marta Nicola Paola Riccardo Serena Tommaso"
        " Valentina",
        "Amato Barbieri Colombo D'Angelo Esposito Ferri Gallo Leone Marchetti Neri Orlandi Pellegrini Rinaldi Santoro"
        " Testa Villa",
    ),
    "dutch": _culture(
        "Anouk Bas Daan Eline Femke Gijs Hanneke Ilse Joris Koen Lotte Maarten Nienke Pieter Roos Sander Tess Wouter",
        "Bakker Dekker van-Dijk Evers Hendriks Jansma Kuipers Mulder Postma Roos Schipper Smit Timmer Verhoeven Vos"
        " Wolters",
    ),
    "nordic": _culture(
        "Aino Anders Astrid Bjørn Eero Elin Freja Gustav Henrik Ida Jari Kaisa Lars Linnea Mikkel Nils Oskar Pernille"
        " Sanna"
        " Signe Tove Ville",
        "Ahlström Bergqvist Dahl Ekman Forsberg Hagen Hedlund Jokinen Korhonen Lindqvist Lund Mäkelä Nyberg Olsen Rask"
        " Sandberg Thomsen Virtanen Wikström",
    ),
    "slavic": _culture(
        "Agnieszka Bartosz Dominika Filip Hana Jakub Kamila Lenka Łukasz Magda Marek Natalia Ondřej Paweł Radka Tomáš"
        " Weronika Zdeněk",
        "Adamski Baran Cerny Dvorak Gorski Havel Jelinek Kaminski Kolar Lis Maly Novotny Pawlak Sikora Urban Wrona"
        " Zelenka",
    ),
    "levantine": _culture(
        "Adi Amir Dana Eitan Hila Lior Maya Noa Omri Roni Shira Tal Uri Yael Yonatan",
        "Almog Barak Dayan Eldar Golan Harel Lavi Mizrahi Nir Oren Peled Sagi Tamir Zohar",
    ),
    "african": _culture(
        "Abena Adaeze Bongani Chidi Emeka Folake Ifeoma Kwame Lerato Nandi Ngozi Sibusiso Thabo Tunde Yetunde Zanele",
        "Abara Adeyemi Botha Dlamini Eze Khumalo Mabaso Naidoo Nwosu Obi Okafor Pillay Sithole van-Wyk",
    ),
    "indian": _culture(
        "Aditi Anjali Arjun Deepak Divya Farhan Gauri Harish Ishaan Kavya Lakshmi Manoj Meera Nikhil Pooja Rahul Rohan"
        " Sanjay"
        " Shreya Suresh Tanvi Vikram",
        "Agarwal Banerjee Bhatt Chaudhary Desai Ghosh Iyer Joshi Kapoor Kulkarni Menon Mishra Nair Pillai Rao Reddy"
        " Saxena"
        " Shetty Trivedi Verma",
    ),
    "japanese": _culture(
        "Akari Daichi Emi Haruka Hiroshi Kaito Kenji Mai Megumi Naoki Rina Ryota Sakura Shun Takumi Yui Yuto",
        "Abe Endo Fujita Goto Hayashi Imai Kimura Maeda Nakano Nomura Okada Sakai Shimizu Takeda Ueda Wada Yoshida",
    ),
    "korean": _culture(
        "Dohyun Eunji Hana Jihoon Jiwoo Minjun Seoyeon Sooyoung Taehyun Yejin Yuna",
        "Ahn Baek Cho Han Jang Kang Kim Lim Moon Park Seo Shin Yoon",
    ),
    "straits": _culture(
        "Aaron Bee-Ling Cheryl Darren Farah Grace Hui-Min Jun-Wei Kavitha Marcus Nurul Priya Shawn Wei-Ling Xin-Yi",
        "Abdullah Chua Goh Ho Koh Lau Lee Lim Ng Ong Rahman Sim Tan Teo Wong",
    ),
}


def person_name(*, culture: str, dice: random.Random) -> tuple[str, str]:
    names = CULTURES[culture]
    return dice.choice(names.firsts), dice.choice(names.lasts).replace("van-", "van ")
